import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await createDeadLetters(db);
  await createActions(db);
}

/** Body and properties are what a replay needs, byte for byte; all else is there to be read and searched. */
async function createDeadLetters(db: Kysely<never>): Promise<void> {
  await sql`
    create table dead_letters (
      id uuid primary key,
      identity bytea not null unique,
      queue text collate "C" not null,
      reason text collate "C" not null,
      state text collate "C" not null default 'open' check (state in ('open', 'replaying', 'replayed', 'discarded')),
      handler text,
      attempts integer not null,
      first_at timestamptz not null,
      last_at timestamptz not null,
      error text,
      message_id text,
      type text,
      subject text,
      order_id text collate "C",
      deaths integer not null default 1,
      properties text not null,
      body bytea not null,
      body_bytes integer not null,
      claimed_until timestamptz,
      resolved_at timestamptz
    )`.execute(db);
  await sql`create index dead_letters_of_queue on dead_letters (queue, id)`.execute(db);
  await sql`create index dead_letters_of_order on dead_letters (order_id, id) where order_id is not null`.execute(db);
  await sql`create index dead_letters_by_reason on dead_letters (reason, id)`.execute(db);
  await sql`create index dead_letters_unresolved on dead_letters (id) where resolved_at is null`.execute(db);
  await sql`create index dead_letters_resolved on dead_letters (resolved_at) where resolved_at is not null`.execute(db);
}

/** Outlives the dead letters, so it says by itself what was done to what. */
async function createActions(db: Kysely<never>): Promise<void> {
  await sql`
    create table dead_letter_actions (
      seq bigint generated always as identity primary key,
      dead_letter_id uuid not null,
      queue text not null,
      message_id text,
      order_id text,
      action text not null check (action in ('replay', 'replayed', 'discard')),
      operator text collate "C" not null,
      reason text,
      idempotency_key text collate "C",
      at timestamptz not null default now()
    )`.execute(db);
  await sql`create index dead_letter_actions_of on dead_letter_actions (dead_letter_id, seq)`.execute(db);
  await sql`
    create unique index dead_letter_actions_by_key on dead_letter_actions (operator, idempotency_key)
    where idempotency_key is not null`.execute(db);
  await sql`
    create function refuse_to_rewrite_actions() returns trigger language plpgsql as $$
    begin
      raise exception 'What operators did is append-only: % is refused', tg_op using errcode = 'restrict_violation';
    end $$`.execute(db);
  await sql`
    create trigger dead_letter_actions_are_append_only before update or delete or truncate on dead_letter_actions
    for each statement execute function refuse_to_rewrite_actions()`.execute(db);
}
