import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { ListHeadsRequest, ListHeadsResponse } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { OrdersSchema } from '../schema.js';

const MOST = 1_000;
const DAY_MS = 86_400_000;

const listHeadsRequest = z.object({
  publishedForMs: z.int().min(0).max(DAY_MS),
  limit: z.int().min(1).max(MOST),
});

/** Where the logs of the newest orders end, for whoever asks himself whether he has missed something. */
@Injectable()
export class ListHeads {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OrdersSchema>) {}

  /**
   * Only of orders that changed before the oldest event that still waits in the outbox: all of those was published.
   * The log itself is asked: where an order claims more than it holds, a reader would look for the rest for ever.
   */
  async execute(request: ListHeadsRequest): Promise<ListHeadsResponse> {
    const { publishedForMs, limit } = parse(listHeadsRequest, request);
    const { rows: heads } = await sql<{ orderId: string; version: number }>`
      with published as (
        select least(now(), (select created_at from outbox where lane = 'events' order by seq limit 1))
          - ${publishedForMs} * interval '1 ms' as until
      )
      select id as "orderId", head.version from orders, published,
        lateral (select max(version) as version from order_events where order_id = orders.id) as head
      where updated_at < published.until and head.version is not null
      order by id desc limit ${limit}`.execute(this.db);
    return { heads };
  }
}
