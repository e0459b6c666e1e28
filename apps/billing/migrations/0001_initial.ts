import { sql, type Kysely } from 'kysely';
import { inboxTable } from '#libs/messaging/inbox.js';
import { outboxTables } from '#libs/messaging/outbox.js';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table orders (
      order_id uuid primary key,
      customer_id text not null,
      items jsonb not null,
      total bigint not null,
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      address jsonb not null,
      payment_method text not null,
      placed_at timestamptz not null,
      version integer not null
    )`.execute(db);
  // No reference to orders: money may be heard of before its order.
  await sql`
    create table movements (
      order_id uuid not null,
      sequence integer not null,
      kind text not null check (kind in ('capture', 'refund')),
      amount bigint not null check (amount > 0),
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      provider text,
      reference text,
      happened_at timestamptz not null,
      primary key (order_id, sequence)
    )`.execute(db);
  await sql`
    create table counters (
      kind text not null,
      year integer not null,
      last integer not null,
      primary key (kind, year)
    ) with (fillfactor = 50)`.execute(db);
  await sql`
    create table documents (
      number text primary key,
      kind text not null check (kind in ('invoice', 'credit-note')),
      year integer not null,
      serial integer not null check (serial > 0),
      order_id uuid not null references orders,
      customer_id text not null,
      movement integer not null,
      place integer not null,
      total bigint not null,
      currency text not null,
      invoice text references documents (number),
      content jsonb not null,
      issued_at timestamptz not null default now(),
      unique (kind, year, serial),
      unique (order_id, place),
      unique (order_id, movement),
      foreign key (order_id, movement) references movements,
      constraint credit_notes_name_their_invoice check ((kind = 'credit-note') = (invoice is not null))
    )`.execute(db);
  await inboxTable(db);
  await outboxTables(db);
}
