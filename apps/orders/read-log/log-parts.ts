import type { LoggedEvent, LoggedOrder } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';

/** A message is sent once it holds this much; with one more part it is still well below what a reader takes at most. */
export const MESSAGE_BYTES = 512 * 1024;
/** What an event takes beside its data. */
const EVENT_BYTES = 64;

export interface LogRow {
  readonly order_id: string;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly occurred_at: number;
  /** JSON as the database has it: it goes on without being read. */
  readonly data: string;
}

export function loggedEvent({ version, type, schema_version, occurred_at, data }: LogRow): LoggedEvent {
  return { version, type, schemaVersion: schema_version, occurredAtMs: Math.round(occurred_at), data };
}

export function bytesOf({ data }: Pick<LogRow, 'data'>): number {
  return Buffer.byteLength(data) + EVENT_BYTES;
}

/** Rows in their order, as orders. A long one is in several parts, none of which is much above a message's size. */
export function* partsOf(rows: readonly LogRow[]): Generator<LoggedOrder> {
  let part: LoggedOrder | undefined;
  let bytes = 0;
  for (const row of rows) {
    if (part?.orderId !== row.order_id || bytes >= MESSAGE_BYTES) {
      if (part) yield part;
      part = { orderId: row.order_id, events: [] };
      bytes = 0;
    }
    part.events.push(loggedEvent(row));
    bytes += bytesOf(row);
  }
  if (part) yield part;
}

/** For readers that know no parts. */
export async function* wholeOrders(parts: AsyncIterable<LoggedOrder>): AsyncGenerator<LoggedOrder> {
  let order: LoggedOrder | undefined;
  for await (const part of parts) {
    if (order?.orderId === part.orderId) {
      for (const event of part.events) order.events.push(event);
      continue;
    }
    if (order) yield order;
    order = part;
  }
  if (order) yield order;
}

/** What is sent at once. No message holds two parts of an order. */
export async function* messagesOf(parts: AsyncIterable<LoggedOrder>): AsyncGenerator<LoggedOrder[]> {
  let message: LoggedOrder[] = [];
  let bytes = 0;
  for await (const part of parts) {
    const last = message.at(-1);
    if (last?.orderId === part.orderId) for (const event of part.events) last.events.push(event);
    else message.push(part);
    for (const event of part.events) bytes += bytesOf(event);
    if (bytes < MESSAGE_BYTES) continue;
    yield message;
    message = [];
    bytes = 0;
  }
  if (message.length > 0) yield message;
}
