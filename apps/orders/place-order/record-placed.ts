import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { versionOf } from '#libs/contracts/events.js';
import { Order as OrderMessage } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { outboxInsertSql } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import { orderMessage } from '#libs/order-log/order-message.js';
import type { EventOf } from '#libs/order-log/events.js';
import { evolve } from '#libs/order-log/evolve.js';
import { isOpen, NOT_PLACED } from '#libs/order-log/order.js';
import { logInsertSql, messagesOf, numberEvents } from '../order-log/event-rows.js';
import { OrderStore } from '../order-log/order-store.js';
import type { OrdersSchema } from '../schema.js';
import type { Lease } from './claims.js';

/** Writes a new order: the log's first event, the snapshot, both messages and the answer, in one statement. */
@Injectable()
export class RecordPlaced {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly orders: OrderStore,
    private readonly relay: OutboxRelay,
  ) {}

  /** The answer; undefined, and nothing written, when the lease was taken over meanwhile. */
  async execute(lease: Lease, event: EventOf<'OrderPlaced'>): Promise<OrderMessage | undefined> {
    const order = evolve(NOT_PLACED, event);
    const { placed, progress } = order;
    const placedAt = new Date(placed.placedAt);
    const answer = orderMessage(order, placedAt);
    const logged = numberEvents(lease.orderId, 0, [event], placedAt);
    const recorded = sql`exists (select from answered)`;
    const { rows } = await sql`
      with answered as (
        update idempotency_claims set answer = ${Buffer.from(OrderMessage.encode(answer).finish())}
        where caller = ${lease.caller} and key = ${lease.key} and lease_token = ${lease.token} and answer is null
        returning order_id
      ),
      placed as (
        insert into orders (id, customer_id, version, status, placed, placed_version, progress, open, created_at, updated_at)
        select order_id, ${placed.customerId}, 1, ${progress.status}, ${JSON.stringify(placed)}::jsonb,
          ${versionOf('OrderPlaced')}, ${JSON.stringify(progress)}::jsonb, ${isOpen(progress)}, ${placedAt}, ${placedAt}
        from answered
      ),
      logged as (${logInsertSql(lease.orderId, logged, recorded)}),
      sent as (${outboxInsertSql(messagesOf(lease.orderId, logged), recorded)})
      select order_id from answered`.execute(this.db);
    if (rows.length === 0) return undefined;
    this.orders.remember(order);
    this.relay.wake();
    return answer;
  }
}
