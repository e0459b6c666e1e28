import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { ListOrdersRequest, ListOrdersResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import { orderMessage } from '#libs/order-log/order-message.js';
import { ownedBy } from '../get-order/ownership.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { orderOf, SNAPSHOT } from '../order-log/read-rows.js';
import type { OrdersSchema } from '../schema.js';
import { cursorAfter, orderPage } from '#libs/order-log/order-page.js';

/** The caller's orders, newest first: ids sort by the time of their making. */
@Injectable()
export class ListOrders {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly callers: IdentifyCaller,
  ) {}

  async execute(request: ListOrdersRequest): Promise<ListOrdersResponse> {
    const { status, before, limit } = parse(orderPage, request);
    const owner = await this.callers.reader();
    const rows = await this.db
      .selectFrom('orders')
      .select([...SNAPSHOT, 'id', 'updated_at'])
      .where(ownedBy(owner))
      .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'PENDING'))
      .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => orderMessage(orderOf(row), row.updated_at)),
      nextCursor: rows.length > limit && last ? cursorAfter(last.id) : '',
    };
  }
}
