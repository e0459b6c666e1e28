import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { GetTimelineRequest, GetTimelineResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import { noSuchOrder, ownedBy } from '../get-order/ownership.js';
import { orderRequest } from '../get-order/request.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { eventOf, LOGGED } from '../order-log/read-rows.js';
import type { OrdersSchema } from '../schema.js';
import { timelineEntry } from '#libs/order-log/timeline-entry.js';

/** An order's log, in words. */
@Injectable()
export class ReadTimeline {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly callers: IdentifyCaller,
  ) {}

  async execute(request: GetTimelineRequest): Promise<GetTimelineResponse> {
    const { id } = parse(orderRequest, request);
    const owner = await this.callers.reader();
    const rows = await this.db
      .selectFrom('order_events')
      .innerJoin('orders', 'orders.id', 'order_events.order_id')
      .select(LOGGED)
      .where('order_id', '=', id)
      .where(ownedBy(owner))
      .orderBy('order_events.version')
      .execute();
    if (rows.length === 0) throw noSuchOrder();
    return {
      items: rows.map((row) => timelineEntry(eventOf(row), row.occurred_at)),
    };
  }
}
