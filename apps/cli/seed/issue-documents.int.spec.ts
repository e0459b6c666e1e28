import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { CREDIT_NOTES, INVOICES } from './issue-documents.js';

/** As far as seeding needs what billing has. */
const TABLES = `
  create table orders (order_id uuid primary key, customer_id text, items jsonb, currency text, placed_at timestamptz);
  create table movements (order_id uuid, sequence int, kind text, amount bigint, happened_at timestamptz);
  create table counters (kind text, year int, last int, primary key (kind, year));
  create table documents (number text primary key, kind text, year int, serial int, order_id uuid, customer_id text, movement int,
    place int, total bigint, currency text, invoice text, content jsonb, issued_at timestamptz, unique (kind, year, serial));`;
const REAL = `
  insert into orders values ('${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}', 'cus-ada', '[]', 'EUR', '2026-11-20T10:00Z');
  insert into counters values ('invoice', 2026, 3), ('credit-note', 2026, 1);
  insert into documents select 'INV-2026-00000' || n, 'invoice', 2026, n, order_id, customer_id, n, n, 100, 'EUR', null,
    '{"kind": "invoice", "payment": {"method": "pm_ok"}, "recipient": {"name": "Ada"}}', placed_at from orders, generate_series(1, 3) n;
  insert into documents select 'CN-2026-000001', 'credit-note', 2026, 1, order_id, customer_id, 4, 4, 100, 'EUR', 'INV-2026-000001',
    '{"kind": "credit-note"}', placed_at from orders;`;
const COPIES = `
  insert into orders select gen_random_uuid(), 'cus-seed-' || n, '[]', 'EUR', '2026-11-20T10:00Z'::timestamptz - n * interval '2 days'
    from generate_series(1, 300) n;
  insert into movements select order_id, 1, 'capture', 500, placed_at from orders where customer_id like 'cus-seed%';
  insert into movements select order_id, 2, 'refund', 500, placed_at from orders where customer_id like 'cus-seed%7';`;

describe('the documents of copied orders', () => {
  let database: TestDatabase<never>;
  beforeAll(async () => {
    database = await testDatabase<never>({}, { pool: 1 });
    for (const statement of [TABLES, REAL, COPIES].flatMap((all) => all.split(';\n')))
      if (statement.trim() !== '') await sql.raw(statement).execute(database.db);
    for (const statement of [INVOICES, CREDIT_NOTES]) await sql.raw(statement).execute(database.db);
  });
  afterAll(() => database.drop());
  const rows = async <Row>(query: string): Promise<Row[]> => (await sql.raw<Row>(query).execute(database.db)).rows;

  it('are one for each movement, and go on where the numbers had ended, in each year', async () => {
    const numbered = await rows<{ kind: string; count: number; highest: number; last: number }>(`
      select kind, year, count(*)::int as count, max(serial) as highest, min(last) as last
      from documents join counters using (kind, year) group by kind, year order by kind, year`);
    expect(numbered.map(({ count, highest, last }) => [count, highest, last])).toEqual(
      numbered.map(({ count }) => [count, count, count]),
    );
    expect(numbered.reduce((sum, { count }) => sum + count, 0)).toBe(4 + 300 + 30);
    expect(numbered).toHaveLength(4);
  });

  it('say of themselves what their rows say, and a credit note names the invoice of its order', async () => {
    const wrong = await rows(`
      select note.number from documents note left join documents invoice on invoice.number = note.invoice
      where note.customer_id like 'cus-seed%' and (note.content ->> 'number' <> note.number
        or (note.content -> 'order' ->> 'id')::uuid <> note.order_id
        or note.kind = 'credit-note' and invoice.order_id is distinct from note.order_id
        or note.kind = 'credit-note' and note.content -> 'invoice' ->> 'number' is distinct from invoice.number)`);
    expect(wrong).toEqual([]);
  });
});
