import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { refuse } from '#libs/resilience/refuse.js';
import { logger } from '#libs/telemetry/logger.js';
import { CONFIG, type OrdersConfig } from '../orders.config.js';
import { repeat, type Repeated } from '../repeat.js';
import type { OrdersSchema } from '../schema.js';
import { NO_BACKLOG, overload, shareOf, readBacklog, type AcceptLimits, type Backlog } from './backlog.js';
import { showBacklog } from './backlog-metrics.js';

const REFRESH_MS = 1_000;
const RETRY_AFTER_MS = 30_000;

/** Refuses new orders while more of them wait than will be done soon: better a quick 503 than an endless queue. */
@Injectable()
export class AcceptOrRefuse implements OnApplicationBootstrap, OnApplicationShutdown {
  private backlog = NO_BACKLOG;
  private acceptedInAll = 0;
  /** What the backlog knows of: a burst since it was read counts at once. */
  private acceptedKnown = 0;
  private refusing = false;
  private refreshing: Repeated | undefined;
  private readonly limits: AcceptLimits;
  private readonly bulkLimits: AcceptLimits;

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    @Inject(CONFIG) config: OrdersConfig,
  ) {
    this.limits = {
      maxUnsent: config.WAYBILL_ACCEPT_MAX_UNSENT,
      maxUnsentAgeMs: config.WAYBILL_ACCEPT_MAX_UNSENT_AGE,
      backlogMs: config.WAYBILL_ACCEPT_BACKLOG,
      backlogMin: config.WAYBILL_ACCEPT_BACKLOG_MIN,
    };
    this.bulkLimits = shareOf(this.limits, config.WAYBILL_ACCEPT_BULK_SHARE);
  }

  onApplicationBootstrap(): void {
    this.refreshing = repeat('reading the backlog', REFRESH_MS, () => this.refresh());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.refreshing?.stop();
  }

  /** @throws WaybillError OVERLOADED. Costs nothing: it looks at what was read within the last second. */
  orRefuse(): void {
    const reason = overload(this.now(), this.limits);
    this.announce(reason);
    if (reason === undefined) return;
    throw refuse('OVERLOADED', `No new orders for the moment: ${reason}. Try again later.`, RETRY_AFTER_MS);
  }

  /** The same for many commands at once, sooner: who sends them has time, and those who place an order do not. */
  bulkOrRefuse(): void {
    const reason = overload(this.now(), this.bulkLimits);
    if (reason === undefined) return;
    throw refuse('OVERLOADED', `No bulk requests for the moment: ${reason}. Try again later.`, RETRY_AFTER_MS);
  }

  accepted(): void {
    this.acceptedInAll += 1;
  }

  async refresh(): Promise<void> {
    const known = this.acceptedInAll;
    this.backlog = await readBacklog(this.db);
    this.acceptedKnown = known;
    const reason = overload(this.backlog, this.limits);
    this.announce(reason);
    showBacklog(this.backlog, reason === undefined);
  }

  /** With what was accepted since it was read. */
  private now(): Backlog {
    const { unsent, open, ...rest } = this.backlog;
    const since = this.acceptedInAll - this.acceptedKnown;
    return { ...rest, unsent: unsent + since, open: open + since };
  }

  private announce(reason: string | undefined): void {
    if (this.refusing === (reason !== undefined)) return;
    this.refusing = reason !== undefined;
    if (reason === undefined) logger().info('new orders are accepted again');
    else logger().warn({ reason }, 'new orders are refused');
  }
}
