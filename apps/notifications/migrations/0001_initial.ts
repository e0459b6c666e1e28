import { sql, type Kysely } from 'kysely';
import { inboxTable } from '#libs/messaging/inbox.js';
import { outboxTables } from '#libs/messaging/outbox.js';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table mails (
      id uuid primary key,
      order_id uuid not null,
      customer_id text not null,
      mail text not null,
      requested_at timestamptz not null,
      attempts int not null default 1,
      claimed_until timestamptz,
      outcome text check (outcome in ('sent', 'unwanted')),
      settled_at timestamptz,
      constraint settled_with_an_outcome check ((outcome is null) = (settled_at is null))
    )`.execute(db);
  await sql`create index mails_order_id on mails (order_id)`.execute(db);
  await inboxTable(db);
  await outboxTables(db);
}
