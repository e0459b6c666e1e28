import type { Selectable } from 'kysely';
import { versionOf, type EventType } from '#libs/contracts/events.js';
import { readEvent, type RecordedEvent } from '#libs/contracts/events/read-event.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import type { Order } from '#libs/order-log/order.js';
import type { OrderEventsTable, OrdersTable } from '../schema.js';

/** What `orderOf` needs of a row. */
export const SNAPSHOT = ['version', 'placed', 'placed_version', 'progress', 'created_at'] as const;
type Snapshot = Pick<Selectable<OrdersTable>, (typeof SNAPSHOT)[number]>;

/** What `eventOf` needs of a row. */
export const LOGGED = ['type', 'schema_version', 'data', 'occurred_at'] as const;
type Logged = Pick<Selectable<OrderEventsTable>, (typeof LOGGED)[number]>;

/** An order from its snapshot, whichever release wrote it. */
export function orderOf({ version, placed, placed_version, progress, created_at }: Snapshot): Order {
  const recorded = { schemaVersion: placed_version, occurredAt: created_at.toISOString(), data: placed };
  return { kind: 'placed', version, placed: newest('OrderPlaced', recorded), progress };
}

/** An event from the log, whichever release wrote it. */
export function eventOf({ type, schema_version, data, occurred_at }: Logged): OrderEvent {
  const recorded = { schemaVersion: schema_version, occurredAt: occurred_at.toISOString(), data };
  return { type, data: newest(type, recorded) } as OrderEvent;
}

/** What is in the newest version already was checked when it was written. */
function newest<Type extends EventType>(type: Type, recorded: RecordedEvent) {
  if (recorded.schemaVersion === versionOf(type)) return recorded.data as never;
  const read = readEvent(type, recorded);
  if ('problem' in read) throw new WaybillError('INTERNAL', `The log cannot be read: ${read.message}`);
  return read.data;
}
