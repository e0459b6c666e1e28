import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table payment_events (
      id text primary key,
      type text not null,
      intent_id text,
      order_id uuid,
      happened_at timestamptz not null,
      outcome text not null check (outcome in ('waiting', 'applied', 'stale', 'contradicting', 'unknown', 'ignored')),
      received_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index payment_events_received_at on payment_events (received_at)`.execute(db);
}
