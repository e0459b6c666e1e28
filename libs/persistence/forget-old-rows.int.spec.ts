import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { forgetOldRows } from './forget-old-rows.js';

const events = { table: 'events', column: 'seen_at', days: 30 };
let database: TestDatabase<never>;

beforeAll(async () => {
  const up = async (db: Parameters<typeof forgetOldRows>[0]) => {
    await sql`create table events (id integer primary key, seen_at timestamptz not null)`.execute(db);
  };
  database = await testDatabase<never>({ '0001_events': { up } });
  await sql`insert into events select n, now() - n * interval '1 day' from generate_series(1, 60) n`.execute(
    database.db,
  );
});
afterAll(() => database.drop());

describe('old rows', () => {
  it('are deleted in batches, and the young ones are kept', async () => {
    expect(await forgetOldRows(database.db, events, 7)).toBe(31);
    const { rows } = await sql`select count(*)::int as left, max(id) as oldest from events`.execute(database.db);
    expect(rows).toEqual([{ left: 29, oldest: 29 }]);
    expect(await forgetOldRows(database.db, events, 7)).toBe(0);
  });

  it('that somebody else is at work on are left to the next time', async () => {
    await sql`insert into events values (101, now() - interval '90 days'), (102, now() - interval '90 days')`.execute(
      database.db,
    );
    await database.db.transaction().execute(async (trx) => {
      await sql`select from events where id = 101 for update`.execute(trx);
      expect(await forgetOldRows(database.db, events)).toBe(1);
    });
    expect(await forgetOldRows(database.db, events)).toBe(1);
  });
});
