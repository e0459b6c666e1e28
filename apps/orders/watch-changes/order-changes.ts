import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { callContext } from '#libs/grpc/call-context.js';
import { NewsListener } from '#libs/messaging/news-listener.js';
import { ORDER_EVENT_TYPES } from '#libs/order-log/events.js';
import { DATABASE } from '#libs/persistence/database.js';
import { CONFIG, type OrdersConfig } from '../orders.config.js';
import { repeat, type Repeated } from '../repeat.js';
import type { OrdersSchema } from '../schema.js';
import { Watch, WatchedOrder } from './watch.js';

/**
 * Wakes who waits for an order to change, whichever process changes it: what this one appends it hears at once, what others
 * append by the events they publish. Every now and then it asks the database for all watched orders together: a broker that is
 * away makes the news late, and loses none.
 */
@Injectable()
export class OrderChanges implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly watched = new Map<string, WatchedOrder>();
  private news: NewsListener | undefined;
  private polling: Repeated | undefined;

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    @Inject(CONFIG) private readonly config: OrdersConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.news = await NewsListener.start(
      { url: this.config.WAYBILL_AMQP_URL, service: 'orders', types: ORDER_EVENT_TYPES },
      ({ subject, sequence }) => this.changed(subject, sequence),
    );
    this.polling = repeat('looking for changed orders', this.config.WAYBILL_CHANGES_POLL, () => this.lookAtAll());
  }

  /** Nobody is kept waiting by a process that stops. */
  beforeApplicationShutdown(): void {
    for (const watched of this.watched.values()) watched.release();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.polling?.stop();
    await this.news?.stop();
  }

  /** The order has reached this version. */
  changed(orderId: string, version: number): void {
    this.watched.get(orderId)?.heardOf(version);
  }

  /** Watches an order from now on: begin before you look at it, and close it when you are done. */
  watch(orderId: string): Watch {
    const watched = this.watched.get(orderId) ?? new WatchedOrder();
    watched.watches += 1;
    this.watched.set(orderId, watched);
    return new Watch(watched, () => {
      watched.watches -= 1;
      if (watched.watches === 0) this.watched.delete(orderId);
    });
  }

  /**
   * Looks at an order, and again after each change, until it sees enough, the time is over or the caller has gone.
   * @returns what it saw last
   */
  async lookUntil<Seen extends { readonly version: number }>(
    orderId: string,
    waitMs: number,
    look: () => Promise<Seen>,
    enough: (seen: Seen) => boolean,
  ): Promise<Seen> {
    const until = Date.now() + waitMs;
    const { signal } = callContext();
    const watch = this.watch(orderId);
    try {
      let seen = await look();
      while (
        !enough(seen) &&
        (await watch.beyond(seen.version, { waitMs: until - Date.now(), ...(signal && { signal }) }))
      )
        seen = await look();
      return seen;
    } finally {
      watch.close();
    }
  }

  private async lookAtAll(): Promise<void> {
    if (this.watched.size === 0) return;
    const { rows } = await sql<{ id: string; version: number }>`
      select orders.id, orders.version
      from unnest(${[...this.watched.keys()]}::uuid[], ${[...this.watched.values()].map(({ version }) => version)}::integer[])
        as seen (id, version)
      join orders on orders.id = seen.id and orders.version > seen.version`.execute(this.db);
    for (const { id, version } of rows) this.changed(id, version);
  }
}
