import { isEventType, versionOf } from '#libs/contracts/events.js';
import { readEvent } from '#libs/contracts/events/read-event.js';
import type { LoggedEvent as WireEvent } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { ORDER_EVENT_TYPES, type OrderEvent } from '#libs/order-log/events.js';
import type { LoggedEvent } from '../projections/projection.js';

const KNOWN: ReadonlySet<string> = new Set(ORDER_EVENT_TYPES);

/** The log holds an event that this release cannot read: it is of a newer one, or broken. */
export class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
}

export function isOrderEventType(type: string): type is OrderEvent['type'] {
  return KNOWN.has(type);
}

/**
 * An event as it stands in the log of orders, in its newest version. What is in that version already was checked when it was written.
 * @throws UnreadableLog
 */
export function loggedEvent(orderId: string, wire: WireEvent): LoggedEvent {
  const { version, type, schemaVersion, occurredAtMs } = wire;
  const occurredAt = new Date(occurredAtMs);
  if (!isOrderEventType(type) || !isEventType(type)) throw unreadable(orderId, wire, 'its type is not known here');
  const recorded: unknown = JSON.parse(wire.data);
  const current = schemaVersion === versionOf(type);
  const read = current
    ? { data: recorded }
    : readEvent(type, { schemaVersion, occurredAt: occurredAt.toISOString(), data: recorded });
  if ('problem' in read) throw unreadable(orderId, wire, read.message);
  return { orderId, version, occurredAt, event: { type, data: read.data } as OrderEvent };
}

function unreadable(orderId: string, { type, schemaVersion, version }: WireEvent, why: string): UnreadableLog {
  return new UnreadableLog(
    `Event ${version} of order ${orderId} (${type}, version ${schemaVersion}) cannot be read: ${why}`,
  );
}
