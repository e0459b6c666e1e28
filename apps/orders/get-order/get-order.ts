import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { GetOrderRequest, GetOrderResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { remainingMs } from '#libs/grpc/call-context.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import { IdentifyCaller, type Owner } from '#libs/security/identify-caller.js';
import { OrderHistory } from '../order-log/order-history.js';
import { orderOf, SNAPSHOT } from '../order-log/read-rows.js';
import { CONFIG, type OrdersConfig } from '../orders.config.js';
import type { OrdersSchema } from '../schema.js';
import { OrderChanges } from '../watch-changes/order-changes.js';
import { noSuchOrder, ownedBy } from './ownership.js';
import { orderMessage } from '#libs/order-log/order-message.js';
import { getOrderRequest } from './request.js';

/** Left of the caller's deadline for the answer. */
const ANSWER_RESERVE_MS = 500;

/** One order, by its snapshot: never older than what was last recorded. */
@Injectable()
export class GetOrder {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly callers: IdentifyCaller,
    private readonly changes: OrderChanges,
    private readonly history: OrderHistory,
    @Inject(CONFIG) private readonly config: OrdersConfig,
  ) {}

  /** Waits briefly for a version that is still to come, then answers with what there is; or tells what was. */
  async execute(request: GetOrderRequest): Promise<GetOrderResponse> {
    const { id, minVersion, at } = parse(getOrderRequest, request);
    const owner = await this.callers.reader();
    if (at) return this.past(id, owner, at);
    const waitMs = Math.min(this.config.WAYBILL_READ_WAIT_MS, remainingMs(Infinity) - ANSWER_RESERVE_MS);
    const look = () => this.find(id, owner);
    const found = await this.changes.lookUntil(id, waitMs, look, ({ version }) => version >= minVersion);
    return { order: orderMessage(found.order, found.updatedAt) };
  }

  /** As it was then; before it was placed there was no such order. */
  private async past(id: string, owner: Owner, at: Date): Promise<GetOrderResponse> {
    await this.find(id, owner);
    const found = await this.history.at(id, at);
    if (found === undefined) throw noSuchOrder('There was no such order yet.');
    return { order: orderMessage(found.order, found.updatedAt) };
  }

  private async find(id: string, owner: Owner) {
    const row = await this.db
      .selectFrom('orders')
      .select([...SNAPSHOT, 'updated_at'])
      .where('id', '=', id)
      .where(ownedBy(owner))
      .executeTakeFirst();
    if (row === undefined) throw noSuchOrder();
    return { version: row.version, order: orderOf(row), updatedAt: row.updated_at };
  }
}
