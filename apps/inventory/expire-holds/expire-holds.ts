import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { counter } from '#libs/telemetry/metrics.js';
import { logger } from '#libs/telemetry/logger.js';
import { AnnounceLevels } from '../announce-levels/announce-levels.js';
import { BackgroundLoop } from '../background-loop.js';
import { CONFIG, type InventoryConfig } from '../inventory.config.js';
import { turnKey } from '../reservation/statements.js';
import type { InventorySchema } from '../schema.js';

const expired = counter('waybill_holds_expired_total', 'Holds that ended because nobody reserved them in time');

/** Gives back, again and again, the stock of holds that are due. Any number of processes may do so at once. */
@Injectable()
export class ExpireHolds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: BackgroundLoop;

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<InventorySchema>,
    @Inject(CONFIG) private readonly config: InventoryConfig,
    private readonly levels: AnnounceLevels,
  ) {
    const pace = { atLeastMs: config.WAYBILL_HOLD_SWEEP_EVERY, atMostMs: config.WAYBILL_HOLD_SWEEP_EVERY };
    this.loop = new BackgroundLoop('expiring holds', () => this.execute(), pace);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** Expires every hold that is due by the database's clock. Gives the orders' ids. */
  async execute(): Promise<string[]> {
    const batch = this.config.WAYBILL_HOLD_SWEEP_BATCH;
    const orderIds: string[] = [];
    for (let more = true; more;) {
      const expiredNow = await expireBatch(this.db, batch);
      orderIds.push(...expiredNow);
      more = expiredNow.length === batch;
    }
    if (orderIds.length > 0) {
      expired.inc(orderIds.length);
      logger().info({ orderIds }, 'holds expired');
      this.levels.wake();
    }
    return orderIds;
  }
}

/**
 * held → gone, by compare-and-set: a hold that somebody is making firm at this moment is skipped, not waited for.
 * The lines of a reservation never change, so those that this statement sees are those that the lock confirms.
 */
async function expireBatch(db: Kysely<InventorySchema>, limit: number): Promise<string[]> {
  const { rows } = await sql<{ order_id: string }>`/* expire-holds */ with
    due as materialized (
      select order_id from reservations where state = 'held' and expires_at <= now()
      order by expires_at limit ${limit}
      for update skip locked
    ),
    turn as materialized (
      select order_id from due where pg_try_advisory_xact_lock(${turnKey(sql.ref('order_id'))})
    ),
    expired as (
      delete from reservations using turn where reservations.order_id = turn.order_id returning reservations.order_id
    ),
    given_back as (
      select sku, warehouse, sum(quantity)::integer as quantity
      from expired join reservation_lines using (order_id) group by sku, warehouse
    ),
    locked as materialized (
      select stock.sku, stock.warehouse, given_back.quantity
      from given_back join stock using (sku, warehouse)
      order by stock.sku, stock.warehouse
      for no key update of stock
    ),
    moved as (
      update stock set
        held = held - locked.quantity, available = available + locked.quantity, version = version + 1
      from locked
      where stock.sku = locked.sku and stock.warehouse = locked.warehouse
    )
    select order_id from expired`.execute(db);
  return rows.map(({ order_id }) => order_id);
}
