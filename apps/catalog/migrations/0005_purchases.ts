import { sql, type Kysely } from 'kysely';
import { inboxTable } from '#libs/messaging/inbox.js';

/** What recommendations are made of. No reference to products: an order may be told of before its product is in the catalogue. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table purchases (
      customer_id text not null,
      sku text collate "C" not null,
      last_at timestamptz not null,
      primary key (customer_id, sku)
    )`.execute(db);
  await sql`
    create table bought_together (
      sku text collate "C" not null,
      other text collate "C" not null,
      times integer not null,
      primary key (sku, other)
    ) with (fillfactor = 50)`.execute(db);
  await sql`
    create table daily_sales (
      day date not null,
      sku text collate "C" not null,
      orders integer not null,
      primary key (day, sku)
    ) with (fillfactor = 50)`.execute(db);
  await inboxTable(db);
}
