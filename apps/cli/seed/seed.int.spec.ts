import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql, type Kysely } from 'kysely';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { templateOf } from './copy-statement.js';
import { sharesOf } from './copy-orders.js';
import { SeededDatabase } from './seeded-database.js';

const ORDER = '01a1fa01-149c-748c-aace-dd1c986b0aa8';
const CAUSE = '7604b53c-e903-543d-ad86-b9412e726f7b';
const CHARGE = 'ch_01a1fa01192773aab1bc3d2d45a3aa6e';
const COPIES = 500;
const SPREAD = { hours: 24, customers: 7 };
/** Late in an hour, and early in the next: what happens to the one must not happen to the other again. */
const EVENTS = [
  { version: 1, at: '2026-11-20T17:59:59.307Z', cause: null, data: { orderId: ORDER, customerId: 'cus-ada' } },
  { version: 2, at: '2026-11-20T18:00:01.5Z', cause: CAUSE, data: { orderId: ORDER, charge: CHARGE } },
];

let database: TestDatabase<never>;
let db: Kysely<never>;
let seeded: SeededDatabase;
beforeAll(async () => {
  database = await testDatabase<never>({ '0001': { up } }, { pool: 1 });
  db = database.db;
  for (const { version, at, cause, data } of EVENTS)
    await sql`insert into logged (order_id, version, data, tracking, at, cause)
      values (${ORDER}, ${version}, ${JSON.stringify({ ...data, at })}, 'WB130982621908328704', ${at}, ${cause})`.execute(
      db,
    );
  seeded = await SeededDatabase.open(database.url);
  const rows = await seeded.rowsOf({ table: 'logged', where: 'order_id = $1' }, ORDER);
  const template = templateOf(ORDER, 'cus-ada', rows);
  await seeded.copy('logged', rows, template, SPREAD, { from: 1, to: COPIES + 1 });
  await seeded.copy('charged', [JSON.stringify({ id: CHARGE, order_id: ORDER })], template, SPREAD, {
    from: 1,
    to: COPIES + 1,
  });
});
afterAll(async () => {
  await seeded.close();
  await database.drop();
});

async function up(on: Kysely<never>): Promise<void> {
  await sql`create table logged (entry bigint generated always as identity, order_id uuid not null, version integer not null,
    data jsonb not null, tracking text not null, at timestamptz not null, cause uuid, primary key (order_id, version))`.execute(
    on,
  );
  await sql`create table charged (id text primary key, order_id uuid not null)`.execute(on);
}

const count = async (query: string): Promise<number> => {
  const { rows } = await sql<{ count: string }>`${sql.raw(query)}`.execute(db);
  return Number(rows[0]?.count);
};

describe('copies of an order', () => {
  it('are as many as asked for, each with an id of its own that tells its time', async () => {
    expect(await count(`select count(distinct order_id) as count from logged where order_id <> '${ORDER}'`)).toBe(
      COPIES,
    );
    const { rows } = await sql<{ id: string; at: Date }>`
      select order_id as id, at from logged where version = 1 and order_id <> ${ORDER} limit 20`.execute(db);
    for (const { id, at } of rows) {
      const made = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      // As long before its first event as the template's.
      expect(at.getTime() - made).toBe(Date.parse(EVENTS[0]?.at ?? '') - Number.parseInt('01a1fa01149c', 16));
    }
  });

  it('lie in the past, as far apart in themselves as the template', async () => {
    const apart = `select count(*) from logged one join logged two on one.order_id = two.order_id and one.version = 1 and two.version = 2`;
    expect(await count(`${apart} where two.at - one.at = interval '2.193 seconds'`)).toBe(COPIES + 1);
    expect(await count(`select count(*) from logged where at < '2026-11-20T17:30Z'`)).toBe(2 * COPIES);
    expect(await count(`select count(*) from logged where (data ->> 'at')::timestamptz = at`)).toBe(2 * COPIES + 2);
    expect(await count(`select count(distinct date_trunc('hour', at)) from logged where version = 1`)).toBe(
      SPREAD.hours + 1,
    );
  });

  it('name themselves wherever the template named itself', async () => {
    expect(await count(`select count(*) from logged where (data ->> 'orderId')::uuid = order_id`)).toBe(2 * COPIES + 2);
    expect(await count(`select count(distinct data ->> 'customerId') from logged`)).toBe(SPREAD.customers + 1);
    expect(await count('select count(distinct tracking) from logged')).toBe(COPIES + 1);
    expect(await count('select count(distinct cause) from logged')).toBe(COPIES + 1);
  });

  it('have the same ids in every table', async () => {
    const same = `select count(*) from logged join charged on charged.id = data ->> 'charge' and charged.order_id = logged.order_id`;
    expect(await count(same)).toBe(COPIES);
  });
});

describe('the shares of the templates', () => {
  it('are consecutive, and leave nobody out', () => {
    const shares = sharesOf([{ share: 30 }, { share: 1 }, { share: 69 }], 1_234);
    expect(shares).toEqual([
      { from: 1, to: 371 },
      { from: 371, to: 384 },
      { from: 384, to: 1_235 },
    ]);
  });
});
