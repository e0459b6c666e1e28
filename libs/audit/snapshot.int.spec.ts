import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { eventually } from '#libs/testing/eventually.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { audit } from './audit.js';
import { Snapshot } from './snapshot.js';

let database: TestDatabase<never>;
beforeAll(async () => {
  database = await testDatabase<never>({}, { pool: 1 });
});
afterAll(() => database.drop());

async function open(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pg_stat_activity
    where datname = current_database() and application_name = 'waybill-verify'`.execute(database.db);
  return Number(rows[0]?.count);
}

describe('an audit', () => {
  it('that cannot open one of the databases leaves none of the others open', async () => {
    const missing = Object.assign(new URL(database.url), { pathname: '/no_such_database' }).toString();
    const sources = {
      databaseOf: (service: string) => (service === 'inventory' ? missing : database.url),
      queues: () => Promise.resolve(new Map<string, number>()),
    };
    await expect(audit(sources, { atRest: false }, [])).rejects.toThrow('no_such_database');
    expect(await open()).toBe(0);
  });

  it('given a snapshot whose connection is ended, then what is asked of it fails, and nothing else does', async () => {
    const snapshot = await Snapshot.open(database.url);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'waybill-verify'`.execute(database.db);
    await eventually(async () => (await open()) === 0);
    await expect(snapshot.rows('select 1')).rejects.toThrow();
    await snapshot.close();
  });
});
