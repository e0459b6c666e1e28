import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { StreamOrderUpdatesRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import { gauge } from '#libs/telemetry/metrics.js';
import { noSuchOrder, ownedBy } from '../get-order/ownership.js';
import { IdentifyCaller, type Owner } from '#libs/security/identify-caller.js';
import { isFinal } from '#libs/order-log/order.js';
import { OrderHistory, type PastOrder } from '../order-log/order-history.js';
import { orderOf, SNAPSHOT } from '../order-log/read-rows.js';
import type { OrdersSchema } from '../schema.js';
import { OrderChanges } from '../watch-changes/order-changes.js';
import { Reader, type UpdatesCall } from './reader.js';
import { streamOrderUpdatesRequest } from './request.js';

const streams = gauge('waybill_order_streams', 'StreamOrderUpdates calls that are open');

/** Sends an order as it is, and again after each change, to readers as quick or as slow as they are. */
@Injectable()
export class StreamUpdates implements BeforeApplicationShutdown {
  private readonly readers = new Set<Reader>();
  private stopping = false;

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly callers: IdentifyCaller,
    private readonly history: OrderHistory,
    private readonly changes: OrderChanges,
  ) {}

  /** Lasts until the order has ended or the reader has gone. @throws WaybillError UNAVAILABLE when this process stops before that. */
  async execute(request: StreamOrderUpdatesRequest, call: UpdatesCall): Promise<void> {
    const { id, afterVersion } = parse(streamOrderUpdatesRequest, request);
    const owner = await this.callers.reader();
    const watch = this.changes.watch(id);
    const reader = new Reader(call, watch);
    this.readers.add(reader);
    if (this.stopping) reader.dismiss(); // it came while the others were dismissed
    streams.inc();
    try {
      await this.send(reader, await this.find(id, owner), afterVersion);
    } finally {
      streams.dec();
      this.readers.delete(reader);
      watch.close();
    }
    if (this.stopping) throw new WaybillError('UNAVAILABLE', 'This process stops: resume after the last version');
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const reader of this.readers) reader.dismiss();
  }

  private async send(reader: Reader, current: PastOrder, afterVersion: number): Promise<void> {
    const { version, placed, progress } = current.order;
    if (isFinal(progress.status) && afterVersion === version) return;
    reader.accept();
    const since = async (seen: number) => reader.sendAll(await this.history.since(placed.orderId, seen));
    let last = current;
    // A version that is still to come counts as none.
    if (afterVersion === 0 || afterVersion > version) await reader.sendAll([current]);
    else if (afterVersion < version) last = (await since(afterVersion)) ?? current;
    while (!isFinal(last.order.progress.status) && (await reader.changedBeyond(last.order.version)))
      last = (await since(last.order.version)) ?? last;
  }

  private async find(id: string, owner: Owner): Promise<PastOrder> {
    const row = await this.db
      .selectFrom('orders')
      .select([...SNAPSHOT, 'updated_at'])
      .where('id', '=', id)
      .where(ownedBy(owner))
      .executeTakeFirst();
    if (row === undefined) throw noSuchOrder();
    return { order: orderOf(row), updatedAt: row.updated_at };
  }
}
