import { sql, type Kysely } from 'kysely';
import { outboxTables } from '#libs/messaging/outbox.js';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table shipments (
      id uuid primary key,
      order_id uuid not null unique,
      state text not null check (state in
        ('STARTED', 'SCHEDULED', 'CANCELLING', 'CANCELLED', 'REFUSED', 'DISPATCHED', 'DELIVERED', 'LOST')),
      version int not null default 0 check (version >= 0),
      address jsonb,
      items jsonb not null,
      shipping_method text not null,
      carrier_reference text unique,
      carrier_rate text,
      tracking text not null default '',
      deliver_by timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint only_what_was_quoted_is_under_way
        check (state in ('STARTED', 'CANCELLED', 'REFUSED') or carrier_reference is not null),
      constraint what_is_announced_is_whole
        check (version = 0 or (tracking <> '' and deliver_by is not null))
    )`.execute(db);
  await sql`
    create table carrier_events (
      id text primary key,
      carrier_reference text,
      observation text check (observation in ('labelled', 'handed_over', 'delivered', 'lost')),
      tracking text not null,
      happened_at timestamptz not null,
      body text not null,
      outcome text not null check (outcome in ('waiting', 'applied', 'stale', 'contradicting', 'ignored')),
      received_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index carrier_events_waiting on carrier_events (carrier_reference) where outcome = 'waiting'`.execute(
    db,
  );
  await outboxTables(db);
}
