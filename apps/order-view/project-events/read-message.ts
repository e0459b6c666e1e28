import { partitionOf } from '#libs/contracts/topology.js';
import { messageOf } from '#libs/kernel/errors.js';
import { isId } from '#libs/kernel/ids.js';
import { parseEnvelope } from '#libs/messaging/envelope.js';
import type { StreamMessage } from '#libs/messaging/stream/stream-reader.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import type { LoggedEvent } from '../projections/projection.js';
import { isOrderEventType } from '../read-log/logged-events.js';

export type ReadMessage =
  | { readonly kind: 'event'; readonly eventId: string; readonly logged: LoggedEvent }
  /** An event of an order that this release cannot read: its log is asked. */
  | {
      readonly kind: 'unreadable';
      readonly eventId: string | null;
      readonly orderId: string;
      readonly version: number;
      readonly reason: string;
    }
  /** No event of an order of this partition. Nothing of any order can be missing for it. */
  | { readonly kind: 'odd'; readonly reason: string };

/** What a message of a stream is. */
export function readMessage({ body, partition }: Pick<StreamMessage, 'body' | 'partition'>): ReadMessage {
  const read = eventOf(body);
  if (read.kind === 'odd') return read;
  const orderId = read.kind === 'event' ? read.logged.orderId : read.orderId;
  const home = partitionOf(orderId);
  return home === partition ? read : { kind: 'odd', reason: `order ${orderId} belongs to partition ${home}` };
}

function eventOf(body: string): ReadMessage {
  try {
    const { id, producer, subject, sequence, occurredAt, type, data } = parseEnvelope(body);
    if (producer !== 'orders') return { kind: 'odd', reason: `it comes from ${String(producer)}` };
    if (!isOrderId(subject)) return { kind: 'odd', reason: `${JSON.stringify(subject)} is no order's id` };
    if (!isOrderEventType(type)) return { ...claimed(body), reason: `${String(type)} is not known here` };
    const logged = {
      orderId: subject,
      version: sequence,
      occurredAt: new Date(occurredAt),
      event: { type, data } as OrderEvent,
    };
    return { kind: 'event', eventId: id, logged };
  } catch (error) {
    return { ...claimed(body), reason: messageOf(error) };
  }
}

/** Whose event it says it is, if it says so. */
function claimed(
  body: string,
): { kind: 'odd' } | { kind: 'unreadable'; eventId: string | null; orderId: string; version: number } {
  try {
    const { id, producer, subject, sequence } = JSON.parse(body) as Record<string, unknown>;
    if (producer === 'orders' && typeof subject === 'string' && isOrderId(subject) && Number.isInteger(sequence))
      return {
        kind: 'unreadable',
        eventId: typeof id === 'string' && isId(id) ? id : null,
        orderId: subject,
        version: Number(sequence),
      };
    return { kind: 'odd' };
  } catch {
    return { kind: 'odd' };
  }
}

/** In lower case, as the database tells ids: another spelling would be another order to whoever compares. */
function isOrderId(subject: string): boolean {
  return isId(subject) && subject === subject.toLowerCase();
}
