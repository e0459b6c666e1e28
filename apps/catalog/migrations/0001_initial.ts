import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table products (
      sku text collate "C" primary key,
      name text not null,
      price bigint not null check (price > 0),
      currency text not null check (currency ~ '^[A-Z]{3}$')
    )`.execute(db);
  // No reference to products: a level may be told before its product is in the catalogue.
  await sql`
    create table availability (
      sku text collate "C" not null,
      warehouse text not null,
      available integer not null check (available >= 0),
      sequence integer not null,
      primary key (sku, warehouse)
    ) with (fillfactor = 50)`.execute(db);
}
