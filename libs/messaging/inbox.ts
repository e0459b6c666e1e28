import { sql, type QueryExecutorProvider } from 'kysely';
import type { OldRows } from '#libs/persistence/forget-old-rows.js';
import type { Envelope } from './envelope.js';

/** Creates the inbox of a service: call it in the service's first migration. */
export async function inboxTable(db: QueryExecutorProvider): Promise<void> {
  await sql`
    create table inbox (
      consumer text not null,
      event_id uuid not null,
      received_at timestamptz not null default now(),
      primary key (event_id, consumer)
    )`.execute(db);
  await sql`create index inbox_received_at on inbox (received_at)`.execute(db);
}

/**
 * Notes in the handler's transaction that `consumer` has this event.
 * @returns false when it had it before: then the handler has nothing left to do. A rollback forgets it again.
 */
export async function receiveOnce(
  trx: QueryExecutorProvider,
  consumer: string,
  envelope: Pick<Envelope, 'id'>,
): Promise<boolean> {
  const { rows } = await sql`
    insert into inbox (consumer, event_id) values (${consumer}, ${envelope.id})
    on conflict do nothing returning event_id`.execute(trx);
  return rows.length === 1;
}

/**
 * What an inbox may forget: `ForgetOldRowsModule.forTable(OLD_INBOX_ROWS)`. Nothing comes again after so long by itself;
 * whoever replays an older dead letter answers for it.
 */
export const OLD_INBOX_ROWS: OldRows = { table: 'inbox', column: 'received_at', days: 30 };
