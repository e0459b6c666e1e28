import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type {
  GetEventsRequest,
  GetEventsResponse,
  LoggedOrder,
  ReadLogRequest,
  ReadLogResponse,
} from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { orderId } from '#libs/grpc/request-fields.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { OrdersSchema } from '../schema.js';
import { bytesOf, messagesOf, partsOf, wholeOrders, type LogRow } from './log-parts.js';

export type LogCall = ServerWritableStream<ReadLogRequest, ReadLogResponse>;

/** Events that are read at once: at most, and before their size is known. */
const MOST_EVENTS = 4_000;
const FIRST_EVENTS = 500;
/** What is read at once is about this much, by the size that events had before. */
const BATCH_BYTES = 2 * 1024 * 1024;
/** So many orders are counted; of more, the database's statistics tell. */
const MOST_COUNTED = 10_000;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const LAST_VERSION = 2 ** 31 - 1;

const version = z.int().min(0).max(LAST_VERSION);
const readLogRequest = z.object({
  afterOrderId: z.union([z.literal('').transform(() => BEFORE_ALL), orderId]),
  afterVersion: version.transform((after) => after || LAST_VERSION),
  inParts: z.boolean(),
});
const getEventsRequest = z.object({ orderId, afterVersion: version });

/** Where a reading stands in the log. */
interface Place {
  readonly afterOrderId: string;
  readonly afterVersion: number;
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

  /** Orders by their ids, until the log ends or the reader has gone. @throws WaybillError UNAVAILABLE when this process stops before that. */
  async readAll(request: ReadLogRequest, call: LogCall): Promise<void> {
    const { inParts, ...place } = parse(readLogRequest, request);
    const leaving = new AbortController();
    call.once('cancelled', () => leaving.abort());
    const ended = AbortSignal.any([leaving.signal, this.stopping.signal]);
    await send(call, ended, { orders: [], ordersToCome: await this.toCome(place) });
    const parts = this.partsAfter(place, ended);
    for await (const orders of messagesOf(inParts ? parts : wholeOrders(parts)))
      await send(call, ended, { orders, ordersToCome: 0 });
    // Said here and not while reading: what was held back until the last read
    // goes unsent when the process stops meanwhile.
    if (this.stopping.signal.aborted)
      throw new WaybillError('UNAVAILABLE', 'This process stops: go on after the last event');
  }

  async readOne(request: GetEventsRequest): Promise<GetEventsResponse> {
    const { orderId: id, afterVersion } = parse(getEventsRequest, request);
    const { rows } = await sql<LogRow>`
      select ${LOGGED} from order_events where order_id = ${id} and version > ${afterVersion}
      order by version limit ${MOST_EVENTS}`.execute(this.db);
    const [{ events } = { events: [] }] = partsOf(rows);
    return { events, more: events.length < rows.length || rows.length === MOST_EVENTS };
  }

  private async *partsAfter(from: Place, ended: AbortSignal): AsyncGenerator<LoggedOrder> {
    let place = from;
    let most = FIRST_EVENTS;
    while (!ended.aborted) {
      const rows = await this.readBatch(place, most);
      const last = rows.at(-1);
      if (last === undefined) return;
      place = { afterOrderId: last.order_id, afterVersion: last.version };
      const bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0);
      most = Math.min(MOST_EVENTS, Math.ceil((BATCH_BYTES * rows.length) / bytes));
      yield* partsOf(rows);
    }
  }

  private async readBatch({ afterOrderId, afterVersion }: Place, most: number): Promise<readonly LogRow[]> {
    const { rows } = await sql<LogRow>`/* read-log */
      select ${LOGGED} from order_events
      where (order_id, version) > (${afterOrderId}::uuid, ${afterVersion}::integer)
      order by order_id, version limit ${most}`.execute(this.db);
    return rows;
  }

  /** Exactly while they are few, about when they are many: what it costs does not grow with them. */
  private async toCome({ afterOrderId }: Place): Promise<number> {
    const orders = sql`from orders where id > ${afterOrderId}::uuid`;
    const { rows: counted } = await sql<{ count: number }>`
      select count(*) from (select ${orders} limit ${MOST_COUNTED}) as counted`.execute(this.db);
    const count = counted[0]?.count ?? 0;
    if (count < MOST_COUNTED) return count;
    const { rows: plans } = await sql<PlanRow>`explain (format json) select ${orders}`.execute(this.db);
    return Math.max(count, plans[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0);
  }
}

/** What the database expects of a query. */
interface PlanRow {
  readonly 'QUERY PLAN': readonly [{ readonly Plan: { readonly 'Plan Rows': number } }];
}

const LOGGED = sql`order_id, version, type, schema_version,
  (extract(epoch from occurred_at) * 1000)::float8 as occurred_at, data::text as data`;

/** Waits while the reader does not keep up. */
async function send(call: LogCall, gone: AbortSignal, message: ReadLogResponse): Promise<void> {
  if (gone.aborted || call.write(message)) return;
  await once(call, 'drain', { signal: gone }).catch(() => undefined); // the reader has gone, or nobody is to be served: the reading sees it
}
