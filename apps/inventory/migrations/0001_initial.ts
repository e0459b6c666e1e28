import { sql, type Kysely } from 'kysely';
import { outboxTables } from '#libs/messaging/outbox.js';

export async function up(db: Kysely<never>): Promise<void> {
  // Room on each page keeps the many updates of a row there, away from the index.
  await sql`
    create table stock (
      sku text collate "C" not null,
      warehouse text collate "C" not null,
      received integer not null check (received >= 0),
      available integer not null check (available >= 0),
      held integer not null default 0 check (held >= 0),
      reserved integer not null default 0 check (reserved >= 0),
      shipped integer not null default 0 check (shipped >= 0),
      written_off integer not null default 0 check (written_off >= 0),
      version integer not null default 1,
      announced integer,
      announced_sequence integer not null default 0,
      primary key (sku, warehouse),
      constraint stock_adds_up check (available + held + reserved + shipped + written_off = received)
    ) with (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`.execute(db);
  await sql`
    create table reservations (
      order_id uuid primary key,
      state text not null check (state in ('held', 'reserved', 'released', 'shipped')),
      expires_at timestamptz,
      sequence integer not null default 0,
      changed_at timestamptz not null default now(),
      check ((state = 'held') = (expires_at is not null))
    ) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000)`.execute(db);
  await sql`create index reservations_expiring on reservations (expires_at) where state = 'held'`.execute(db);
  await sql`
    create table reservation_lines (
      order_id uuid not null references reservations (order_id) on delete cascade,
      sku text collate "C" not null,
      warehouse text collate "C" not null,
      quantity integer not null check (quantity > 0),
      primary key (order_id, sku, warehouse)
    )`.execute(db);
  await outboxTables(db);
}
