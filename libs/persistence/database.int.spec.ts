import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql, type Kysely } from 'kysely';
import { eventually } from '#libs/testing/eventually.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { isTransient, openDatabase } from './database.js';

const NAME = 'database-spec';
let database: TestDatabase<never>;
let db: Kysely<never>;

beforeAll(async () => {
  database = await testDatabase<never>({});
  db = openDatabase({ url: database.url, pool: 1, name: NAME });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function breakConnections(): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = ${`waybill-${NAME}`}`.execute(database.db);
}

const pause = () => sql`select pg_sleep(4)`.execute(db);

describe('a database connection', () => {
  it('given it breaks while a statement runs, fails that statement as transient, and is replaced', async () => {
    const broken = pause().then(
      () => undefined,
      (error: unknown) => error,
    );
    await eventually(async () => {
      const { rows } = await sql`select 1 from pg_stat_activity where query like 'select pg_sleep(4)%'`.execute(
        database.db,
      );
      expect(rows).toHaveLength(1);
    });
    await breakConnections();
    expect(isTransient(await broken)).toBe(true);
    await eventually(async () => expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]));
  });

  it('given it breaks between two statements of a transaction, fails the transaction, not the process', async () => {
    const transaction = db.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx);
      await breakConnections();
      await eventually(async () => {
        const { rows } =
          await sql`select 1 from pg_stat_activity where application_name = ${`waybill-${NAME}`}`.execute(database.db);
        expect(rows).toEqual([]);
      });
      await sql`select 1`.execute(trx);
    });
    await expect(transaction).rejects.toThrow(/terminat|not queryable/i);
    await eventually(async () => expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]));
  });

  it('plans a statement that has a name once', async () => {
    for (const n of [1, 2, 3]) await sql`/* add-one */ select ${n}::int + 1 as next`.execute(db);
    const { rows } = await sql`select name, generic_plans + custom_plans as uses from pg_prepared_statements`.execute(
      db,
    );
    expect(rows).toEqual([{ name: 'add-one', uses: 3 }]);
  });

  it('refuses another statement of the same name', async () => {
    await sql`/* take-one */ select ${1}::int - 1 as rest`.execute(db);
    await expect(sql`/* take-one */ select ${1}::int - 2 as rest`.execute(db)).rejects.toThrow(/take-one/);
  });
});

describe('an error of the database', () => {
  it.each(['getaddrinfo ENOTFOUND postgres', 'connect ECONNREFUSED 127.0.0.1:5432', 'getaddrinfo EAI_AGAIN postgres'])(
    'is a matter of time: %s',
    (message) => expect(isTransient(new Error(message))).toBe(true),
  );

  it('is no matter of time when the statement is wrong', async () => {
    const error = await sql`select * from nowhere`.execute(db).catch((thrown: unknown) => thrown);
    expect(isTransient(error)).toBe(false);
  });
});
