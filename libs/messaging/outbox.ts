import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely';
import { routingKeyOf, type Lane } from '#libs/contracts/topology.js';
import { currentTraceparent } from '#libs/telemetry/tracing/current-trace.js';
import { serialiseEnvelope, type Envelope } from './envelope.js';

/** A message to be sent once the transaction that appends it has committed. */
export interface OutboxMessage {
  /** Where it goes. Lanes do not wait for each other. */
  readonly lane: Lane;
  readonly envelope: Envelope;
  /** 0 to 9, higher first; only queues with priorities heed it. */
  readonly priority?: number;
}

/**
 * Creates the outbox of a service: call it in the service's first migration.
 * `outbox` holds what was not yet confirmed by the broker, and is empty at rest.
 */
export async function outboxTables(db: QueryExecutorProvider): Promise<void> {
  await sql`
    create table outbox (
      lane text not null,
      seq bigint generated always as identity,
      message_id uuid not null,
      subject text not null,
      routing_key text not null,
      priority smallint,
      envelope text not null,
      headers jsonb not null default '{}',
      created_at timestamptz not null default now(),
      primary key (lane, seq)
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`.execute(db);
  await sql`
    create table outbox_lease (
      only_row boolean primary key default true check (only_row),
      holder text not null,
      epoch bigint not null,
      until timestamptz not null
    )`.execute(db);
}

/**
 * Appends messages in the caller's transaction, in one statement, in the order given.
 * Per subject they are sent in this order, as long as the transaction holds the subject's row (or its version) by now.
 */
export async function appendOutbox(trx: QueryExecutorProvider, messages: readonly OutboxMessage[]): Promise<void> {
  if (messages.length > 0) await outboxInsertSql(messages).execute(trx);
}

/**
 * The insert of `appendOutbox` for a statement of one's own: `` sql`with changed as (update …), sent as (${outboxInsertSql(messages, sql`exists (select from changed)`)}) select …` ``.
 * Nothing is appended unless `onlyIf` holds.
 */
export function outboxInsertSql(
  messages: readonly OutboxMessage[],
  onlyIf: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  return sql`
    insert into outbox (lane, message_id, subject, routing_key, priority, envelope, headers)
    select lane, message_id, subject, routing_key, priority, envelope, headers
    from ${outboxValuesSql(messages)}
    where ${onlyIf}
    order by place`;
}

/** The rows alone, as an item of a FROM list: `message (lane, message_id, subject, routing_key, priority, envelope, headers, place)`. */
export function outboxValuesSql(messages: readonly OutboxMessage[]): RawBuilder<unknown> {
  const headers = JSON.stringify(traceHeaders());
  return sql`unnest(
    ${messages.map(({ lane }) => lane)}::text[],
    ${messages.map(({ envelope }) => envelope.id)}::uuid[],
    ${messages.map(({ envelope }) => envelope.subject)}::text[],
    ${messages.map(({ lane, envelope }) => routingKeyOf(lane, envelope.type))}::text[],
    ${messages.map(({ priority }) => priority ?? null)}::smallint[],
    ${messages.map(({ envelope }) => serialiseEnvelope(envelope))}::text[],
    ${messages.map(() => headers)}::jsonb[]
  ) with ordinality as message (lane, message_id, subject, routing_key, priority, envelope, headers, place)`;
}

/** The trace of the call or message that is being served goes on in what it sends. */
function traceHeaders(): Record<string, string> {
  const traceparent = currentTraceparent();
  return traceparent === undefined ? {} : { traceparent };
}
