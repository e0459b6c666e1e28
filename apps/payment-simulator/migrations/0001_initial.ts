import { sql, type Kysely } from 'kysely';

/** What a provider keeps: intents, charges, refunds, and the ledger that money is checked against. */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `create table payment_intents (
    id text primary key,
    status text not null check (status in ('requires_payment_method', 'requires_confirmation', 'succeeded', 'canceled')),
    amount bigint not null check (amount > 0),
    currency text not null,
    payment_method text,
    order_id text,
    metadata jsonb not null,
    latest_charge text,
    decline_code text,
    cancellation_reason text,
    confirm_calls integer not null default 0,
    created_at timestamptz not null default now(),
    canceled_at timestamptz
  )`,
  `create table charges (
    id text primary key,
    payment_intent text not null references payment_intents,
    order_id text,
    payment_method text not null,
    status text not null check (status in ('succeeded', 'failed')),
    amount bigint not null check (amount > 0),
    amount_refunded bigint not null default 0
      check (amount_refunded between 0 and case status when 'succeeded' then amount else 0 end),
    currency text not null,
    decline_code text,
    refund_calls integer not null default 0,
    created_at timestamptz not null default clock_timestamp()
  )`,
  `create unique index charges_at_most_one_success on charges (payment_intent) where status = 'succeeded'`,
  `create index charges_by_intent on charges (payment_intent)`,
  `create table refunds (
    id text primary key,
    charge text not null references charges,
    payment_intent text not null references payment_intents,
    amount bigint not null check (amount > 0),
    currency text not null,
    reason text,
    metadata jsonb not null,
    created_at timestamptz not null default now()
  )`,
  `create index refunds_by_intent on refunds (payment_intent)`,
  // Append-only: every movement of money, and nothing else.
  `create table ledger (
    entry bigint generated always as identity primary key,
    kind text not null check (kind in ('charge', 'refund')),
    reference text not null unique,
    payment_intent text not null,
    order_id text,
    amount bigint not null check (amount > 0),
    currency text not null,
    at timestamptz not null default now()
  )`,
  `create index ledger_by_order on ledger (order_id)`,
  `create table idempotent_requests (
    key text primary key,
    fingerprint text not null,
    status integer not null,
    body text not null,
    created_at timestamptz not null default now()
  )`,
  `create table webhook_events (
    id text primary key,
    type text not null,
    body text not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    delivered_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  `create index webhook_events_due on webhook_events (next_attempt_at) where delivered_at is null`,
  `create table account (
    only_one boolean primary key default true check (only_one),
    refunds_fixed_at timestamptz
  )`,
  `insert into account default values`,
];
