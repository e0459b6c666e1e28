import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { evolve } from '#libs/order-log/evolve.js';
import { NOT_PLACED, type Order, type OrderState } from '#libs/order-log/order.js';
import type { OrdersSchema } from '../schema.js';
import { eventOf, LOGGED } from './read-rows.js';

/** An order as it was after one of its events. */
export interface PastOrder {
  readonly order: Order;
  /** When that event happened. */
  readonly updatedAt: Date;
}

/** What orders were, by their logs, whichever release wrote them. Whose they are is the caller's to check. */
@Injectable()
export class OrderHistory {
  private readonly reading = new Map<string, Promise<readonly PastOrder[]>>();

  constructor(@Inject(DATABASE) private readonly db: Kysely<OrdersSchema>) {}

  /** The order after each event since a version, oldest first. Readings of the same order at the same time are one. */
  async since(orderId: string, version: number): Promise<readonly PastOrder[]> {
    const reading = this.reading.get(orderId) ?? this.read(orderId).finally(() => this.reading.delete(orderId));
    this.reading.set(orderId, reading);
    return (await reading).filter(({ order }) => order.version > version);
  }

  /** The order as it was at a time; undefined before it was placed. */
  async at(orderId: string, time: Date): Promise<PastOrder | undefined> {
    const states = await this.read(orderId);
    const later = states.findIndex(({ updatedAt }) => updatedAt > time);
    return later === -1 ? states.at(-1) : states[later - 1];
  }

  private async read(orderId: string): Promise<readonly PastOrder[]> {
    const rows = await this.db
      .selectFrom('order_events')
      .select(LOGGED)
      .where('order_id', '=', orderId)
      .orderBy('version')
      .execute();
    let state: OrderState = NOT_PLACED;
    return rows.map((row) => {
      const order = evolve(state, eventOf(row));
      state = order;
      return { order, updatedAt: row.occurred_at };
    });
  }
}
