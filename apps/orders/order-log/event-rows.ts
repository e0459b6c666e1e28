import { versionOf } from '#libs/contracts/events.js';
import { derivedId, type EventId } from '#libs/kernel/ids.js';
import { newEnvelope, type Envelope } from '#libs/messaging/envelope.js';
import type { OutboxMessage } from '#libs/messaging/outbox.js';
import { sql, type RawBuilder } from 'kysely';
import type { OrderEvent } from '#libs/order-log/events.js';

/** An event with its place in the log. */
export interface LoggedEvent {
  readonly event: OrderEvent;
  readonly version: number;
  readonly occurredAt: Date;
  readonly causationId: string | null;
}

/** Gives each event its version. What caused it: its command or fact where that has an id, else the event before it. */
export function numberEvents(
  orderId: string,
  after: number,
  events: readonly OrderEvent[],
  occurredAt: Date,
): readonly LoggedEvent[] {
  return events.map((event, index) => {
    const version = after + 1 + index;
    const before = version === 1 ? null : eventId(orderId, version - 1);
    return { event, version, occurredAt, causationId: namedCause(event) ?? before };
  });
}

function namedCause({ data }: OrderEvent): string | undefined {
  if ('commandId' in data) return data.commandId;
  return 'factId' in data ? data.factId : undefined;
}

/** Every repetition, and every reader of the log, finds the same id. */
export function eventId(orderId: string, version: number): EventId {
  return derivedId<EventId>('orders', orderId, String(version));
}

/** The event as it travels. */
export function envelopeOf(orderId: string, { event, version, occurredAt, causationId }: LoggedEvent): Envelope {
  return newEnvelope({
    id: eventId(orderId, version),
    producer: 'orders',
    subject: orderId,
    sequence: version,
    occurredAt,
    causationId,
    ...event,
  });
}

/** What starts a workflow, or commands one. */
const PROCESSED: ReadonlySet<OrderEvent['type']> = new Set(['OrderPlaced', 'CancelRequested', 'AmendRequested']);

/** Everybody learns every event; what workflows have to act upon also goes to their own queue. */
export function messagesOf(orderId: string, events: readonly LoggedEvent[]): readonly OutboxMessage[] {
  return events.flatMap((logged) => {
    const envelope = envelopeOf(orderId, logged);
    const toAll = { lane: 'events', envelope } as const;
    return PROCESSED.has(logged.event.type) ? [{ lane: 'order-processing', envelope } as const, toAll] : [toAll];
  });
}

/** The insert into the log for a statement of one's own. Nothing is appended unless `onlyIf` holds. */
export function logInsertSql(
  orderId: string,
  events: readonly LoggedEvent[],
  onlyIf: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    insert into order_events (order_id, version, type, schema_version, data, occurred_at, causation_id)
    select ${orderId}::uuid, version, type, schema_version, data, occurred_at, causation_id
    from unnest(
      ${events.map(({ version }) => version)}::integer[],
      ${events.map(({ event }) => event.type)}::text[],
      ${events.map(({ event }) => versionOf(event.type))}::integer[],
      ${events.map(({ event }) => JSON.stringify(event.data))}::jsonb[],
      ${events.map(({ occurredAt }) => occurredAt)}::timestamptz[],
      ${events.map(({ causationId }) => causationId)}::text[]
    ) as logged (version, type, schema_version, data, occurred_at, causation_id)
    where ${onlyIf}`;
}
