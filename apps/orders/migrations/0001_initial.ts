import { sql, type Kysely } from 'kysely';
import { outboxTables } from '#libs/messaging/outbox.js';

export async function up(db: Kysely<never>): Promise<void> {
  await createLog(db);
  await createSnapshots(db);
  await createClaims(db);
  await outboxTables(db);
}

async function createLog(db: Kysely<never>): Promise<void> {
  await sql`
    create table order_events (
      order_id uuid not null,
      version integer not null check (version > 0),
      type text not null,
      schema_version smallint not null,
      data jsonb not null,
      occurred_at timestamptz not null,
      causation_id text,
      primary key (order_id, version)
    )`.execute(db);
  await sql`
    create function refuse_to_rewrite_history() returns trigger language plpgsql as $$
    begin
      raise exception 'The log of orders is append-only: % is refused', tg_op using errcode = 'restrict_violation';
    end $$`.execute(db);
  await sql`
    create trigger order_events_are_append_only before update or delete or truncate on order_events
    for each statement execute function refuse_to_rewrite_history()`.execute(db);
}

/** No index on what changes with each step: those updates stay on their page and touch no index. */
async function createSnapshots(db: Kysely<never>): Promise<void> {
  await sql`
    create table orders (
      id uuid primary key,
      customer_id text collate "C" not null,
      version integer not null,
      status text not null,
      placed jsonb not null,
      progress jsonb not null,
      open boolean not null,
      attention_since timestamptz,
      confirmed_at timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null
    ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000)`.execute(db);
  await sql`create index orders_of_customer on orders (customer_id, id)`.execute(db);
  await sql`create index orders_open on orders (id) where open`.execute(db);
  await sql`create index orders_confirmed on orders (confirmed_at) where confirmed_at is not null`.execute(db);
  await sql`create index orders_needing_attention on orders (attention_since) where attention_since is not null`.execute(
    db,
  );
}

async function createClaims(db: Kysely<never>): Promise<void> {
  await sql`
    create table idempotency_claims (
      caller text collate "C" not null,
      key text collate "C" not null,
      fingerprint text not null,
      order_id uuid not null,
      lease_token uuid not null,
      lease_until timestamptz not null,
      claimed_at timestamptz not null default now(),
      answer bytea,
      primary key (caller, key)
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index idempotency_claims_by_age on idempotency_claims (claimed_at)`.execute(db);
}
