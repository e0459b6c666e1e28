import { sql, type Kysely } from 'kysely';
import { outboxTables } from '#libs/messaging/outbox.js';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table charges (
      order_id uuid primary key,
      state text not null check (state in ('STARTED', 'CAPTURED', 'DECLINED', 'SETTLING', 'VOIDED', 'REFUNDED')),
      customer_id text,
      payment_method text,
      amount bigint check (amount > 0),
      currency text,
      intent_id text unique,
      intent_attempt integer not null default 1,
      refund_attempt integer not null default 1,
      captured bigint not null default 0,
      refunded bigint not null default 0,
      reason text check (reason in ('PAYMENT_DECLINED', 'INSUFFICIENT_FUNDS')),
      version integer not null default 0,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      check (captured in (0, amount)),
      check (refunded between 0 and captured),
      check (state <> 'CAPTURED' or captured > 0),
      check (state not in ('STARTED', 'DECLINED', 'VOIDED') or captured = 0),
      check (state <> 'REFUNDED' or (captured > 0 and refunded = captured)),
      check ((state = 'DECLINED') = (reason is not null)),
      check (state = 'VOIDED' or amount is not null)
    )`.execute(db);
  await outboxTables(db);
}
