import { sql, type Kysely } from 'kysely';
import { outboxTables } from '#libs/messaging/outbox.js';

export async function up(db: Kysely<never>): Promise<void> {
  // How often its price was changed: the sequence of what is told about it.
  await sql`alter table products add column price_changes integer not null default 0`.execute(db);
  await sql`
    create table product_changes (
      operator text not null,
      key text not null,
      fingerprint text not null,
      answer jsonb,
      changed_at timestamptz not null default now(),
      primary key (operator, key)
    )`.execute(db);
  await sql`create index product_changes_changed_at on product_changes (changed_at)`.execute(db);
  await outboxTables(db);
}
