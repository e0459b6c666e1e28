import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { versionOf } from '#libs/contracts/events.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { outboxInsertSql } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { ProgressCommand } from '../order/commands.js';
import { decide } from '../order/decide.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { evolve } from '#libs/order-log/evolve.js';
import { isOpen, type Order, type Placed } from '#libs/order-log/order.js';
import type { OrdersSchema } from '../schema.js';
import { OrderChanges } from '../watch-changes/order-changes.js';
import { logInsertSql, messagesOf, numberEvents } from './event-rows.js';
import { orderOf, SNAPSHOT } from './read-rows.js';
import { RecentOrders } from './recent-orders.js';

const MAX_CONFLICTS = 25;

/** Orders as their log says: read, decided upon, appended to. */
@Injectable()
export class OrderStore {
  private readonly recent = new RecentOrders();

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly relay: OutboxRelay,
    private readonly changes: OrderChanges,
  ) {}

  /**
   * Carries out a command on an order: its events, the snapshot and the messages are written in one statement, only
   * if nobody else has appended meanwhile; else it is decided anew.
   * @throws WaybillError NOT_FOUND, or what the decision refuses with.
   */
  async change(orderId: OrderId, command: ProgressCommand): Promise<Order> {
    const remembered = this.recent.get(orderId);
    const changed = remembered && (await this.changeRemembered(remembered, command));
    if (changed) return changed;
    for (let conflict = 0; conflict < MAX_CONFLICTS; conflict += 1) {
      const order = await this.load(orderId);
      const events = decide(command, order);
      const next = events.length === 0 ? order : await this.append(order, events);
      if (next) return this.recent.remember(next);
    }
    throw new WaybillError('UNAVAILABLE', 'The order is being changed by many at once; try again');
  }

  /** Spares the read. A memory may be old, so nothing but a successful append may rest on it. */
  private async changeRemembered(order: Order, command: ProgressCommand): Promise<Order | undefined> {
    const events = eventsOrNone(command, order);
    const next = events.length === 0 ? undefined : await this.append(order, events);
    return next && this.recent.remember(next);
  }

  remember(order: Order): void {
    this.recent.remember(order);
  }

  private async load(orderId: OrderId): Promise<Order> {
    const row = await this.db.selectFrom('orders').select(SNAPSHOT).where('id', '=', orderId).executeTakeFirst();
    if (row === undefined) throw new WaybillError('NOT_FOUND', `There is no order ${orderId}`);
    return orderOf(row);
  }

  /** Undefined when somebody else has appended first. */
  private async append(order: Order, events: readonly OrderEvent[]): Promise<Order | undefined> {
    const { orderId } = order.placed;
    const now = new Date();
    const logged = numberEvents(orderId, order.version, events, now);
    const { version, placed, progress } = events.reduce<Order>(evolve, order);
    const changed = sql`exists (select from changed)`;
    const { rows } = await sql`
      with changed as (
        update orders
        set version = ${version}, ${placed === order.placed ? sql`` : placedSql(placed)} status = ${progress.status}, progress = ${JSON.stringify(progress)}::jsonb,
          open = ${isOpen(progress)}, attention_since = ${progress.attention[0]?.since ?? null}::timestamptz,
          confirmed_at = coalesce(confirmed_at, case when ${progress.confirmed} then now() end), updated_at = ${now}
        where id = ${orderId} and version = ${order.version}
        returning id
      ),
      logged as (${logInsertSql(orderId, logged, changed)}),
      sent as (${outboxInsertSql(messagesOf(orderId, logged), changed)})
      select id from changed`.execute(this.db);
    if (rows.length === 0) return undefined;
    this.relay.wake();
    this.changes.changed(orderId, version);
    return { kind: 'placed', version, placed, progress };
  }
}

/** Written in the newest version, whichever it was in before. */
function placedSql(placed: Placed): RawBuilder<unknown> {
  return sql`placed = ${JSON.stringify(placed)}::jsonb, placed_version = ${versionOf('OrderPlaced')},`;
}

/** A refusal that rests on a memory is none: it has to be decided on what is there now. */
function eventsOrNone(command: ProgressCommand, order: Order): readonly OrderEvent[] {
  try {
    return decide(command, order);
  } catch (error) {
    if (error instanceof WaybillError) return [];
    throw error;
  }
}
