import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type {
  GetEventsRequest,
  GetEventsResponse,
  LoggedEvent,
  LoggedOrder,
  ReadLogRequest,
  ReadLogResponse,
} from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { orderId } from '#libs/grpc/request-fields.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { OrdersSchema } from '../schema.js';

export type LogCall = ServerWritableStream<ReadLogRequest, ReadLogResponse>;

/** Orders that are read at once. */
const BATCH = 500;
/** A message is sent once it holds this much: well below what a reader takes at most, however large the next order. */
const MESSAGE_BYTES = 512 * 1024;

const readLogRequest = z.object({ afterOrderId: z.union([z.literal(''), orderId]) });
const getEventsRequest = z.object({ orderId, afterVersion: z.int().min(0) });

interface LogRow {
  readonly order_id: string;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly occurred_at: number;
  /** JSON as the database has it: it goes on without being read. */
  readonly data: string;
}

/** The log as it was written, for those who keep a picture of it. It reads ahead of its reader by no more than one batch. */
@Injectable()
export class ReadLog implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(@Inject(DATABASE) private readonly db: Kysely<OrdersSchema>) {}

  /** A reading may last for minutes: the process does not wait for it. */
  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  /** Whole orders by their ids, until the log ends or the reader has gone. @throws WaybillError UNAVAILABLE when this process stops before that. */
  async readAll(request: ReadLogRequest, call: LogCall): Promise<void> {
    const { afterOrderId } = parse(readLogRequest, request);
    const leaving = new AbortController();
    call.once('cancelled', () => leaving.abort());
    const ended = AbortSignal.any([leaving.signal, this.stopping.signal]);
    await send(call, ended, { orders: [], ordersToCome: await this.count(afterOrderId) });
    let after: string | undefined = afterOrderId;
    while (after !== undefined && !ended.aborted) {
      const orders: readonly LoggedOrder[] = await this.readBatch(after);
      for (const some of messages(orders)) await send(call, ended, { orders: some, ordersToCome: 0 });
      after = orders.at(-1)?.orderId;
    }
    if (after !== undefined && this.stopping.signal.aborted)
      throw new WaybillError('UNAVAILABLE', 'This process stops: go on after the last order');
  }

  async readOne(request: GetEventsRequest): Promise<GetEventsResponse> {
    const { orderId: id, afterVersion } = parse(getEventsRequest, request);
    const { rows } = await sql<LogRow>`
      select ${LOGGED} from order_events where order_id = ${id} and version > ${afterVersion} order by version`.execute(
      this.db,
    );
    return { events: rows.map(loggedEvent) };
  }

  private async count(after: string): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*) from orders where ${after} = '' or id > nullif(${after}, '')::uuid`.execute(this.db);
    return rows[0]?.count ?? 0;
  }

  private async readBatch(after: string): Promise<readonly LoggedOrder[]> {
    const { rows } = await sql<LogRow>`/* read-log */
      with batch as (
        select id from orders where id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
        order by id limit ${BATCH}
      )
      select ${LOGGED} from order_events
      where order_id >= (select id from batch order by id limit 1)
        and order_id <= (select id from batch order by id desc limit 1)
      order by order_id, version`.execute(this.db);
    return wholeOrders(rows);
  }
}

const LOGGED = sql`order_id, version, type, schema_version,
  (extract(epoch from occurred_at) * 1000)::float8 as occurred_at, data::text as data`;

function loggedEvent({ version, type, schema_version, occurred_at, data }: LogRow): LoggedEvent {
  return { version, type, schemaVersion: schema_version, occurredAtMs: Math.round(occurred_at), data };
}

function wholeOrders(rows: readonly LogRow[]): readonly LoggedOrder[] {
  const orders: LoggedOrder[] = [];
  for (const row of rows) {
    const last = orders.at(-1);
    if (last?.orderId === row.order_id) last.events.push(loggedEvent(row));
    else orders.push({ orderId: row.order_id, events: [loggedEvent(row)] });
  }
  return orders;
}

function* messages(orders: readonly LoggedOrder[]): Generator<LoggedOrder[]> {
  let some: LoggedOrder[] = [];
  let bytes = 0;
  for (const order of orders) {
    some.push(order);
    bytes += order.events.reduce((sum, { data }) => sum + data.length, 0);
    if (bytes < MESSAGE_BYTES) continue;
    yield some;
    some = [];
    bytes = 0;
  }
  if (some.length > 0) yield some;
}

/** Waits while the reader does not keep up. */
async function send(call: LogCall, gone: AbortSignal, message: ReadLogResponse): Promise<void> {
  if (gone.aborted || call.write(message)) return;
  await once(call, 'drain', { signal: gone }).catch(() => undefined); // the reader has gone, or nobody is to be served: the loop sees it
}
