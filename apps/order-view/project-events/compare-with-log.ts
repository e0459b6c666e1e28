import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { LogHead } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { partitionOf } from '#libs/contracts/topology.js';
import { messageOf } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { CONFIG, type OrderViewConfig } from '../order-view.config.js';
import { ReadOrderLog } from '../read-log/read-order-log.js';
import type { Feed } from './feed.js';
import type { Target } from './target.js';

/** Orders that are compared: some dozens of each partition. */
const HEADS = 500;

/**
 * A stream that has forgotten everything is as silent as one in which nothing happens: what was lost would be missed until its
 * next event. So what orders has published is compared with what was applied, where nothing comes.
 */
@Injectable()
export class CompareWithLog {
  private dueAt = 0;
  /** Each is told of once. */
  private readonly known = new WeakSet<Target>();

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    @Inject(CONFIG) private readonly config: OrderViewConfig,
    private readonly log: ReadOrderLog,
  ) {}

  /** Those that lack what was published long enough ago to have come. What it costs does not grow with the log. */
  async lacking(feeds: Iterable<Feed>): Promise<readonly Target[]> {
    const silence = this.config.WAYBILL_PROJECTION_SILENCE;
    const silent = [...feeds].filter((feed) => feed.isSilent(silence));
    if (silent.length === 0 || performance.now() < this.dueAt) return [];
    this.dueAt = performance.now() + silence;
    const heads = await this.heads(silence);
    const lacking: Target[] = [];
    for (const [target, partitions] of coursesByTarget(silent)) {
      const own = heads.filter(({ orderId }) => partitions.has(partitionOf(orderId)));
      if (!this.known.has(target) && (await this.lacks(target, own))) lacking.push(target);
    }
    for (const target of lacking) this.known.add(target);
    return lacking;
  }

  /** None while orders cannot be asked: it is asked again. */
  private async heads(publishedForMs: number): Promise<readonly LogHead[]> {
    try {
      return await this.log.heads({ publishedForMs, limit: HEADS });
    } catch (error) {
      logger().debug({ error: messageOf(error) }, 'where the log of orders ends is not known');
      return [];
    }
  }

  private async lacks({ projection, generation }: Target, heads: readonly LogHead[]): Promise<boolean> {
    if (heads.length === 0) return false;
    const ids = heads.map(({ orderId }) => orderId);
    const rows = await projection.load(this.db, generation, ids);
    return heads.some(({ orderId, version }) => (rows.get(orderId)?.version ?? 0) < version);
  }
}

/** In which partitions a target goes on. */
function coursesByTarget(feeds: readonly Feed[]): Map<Target, Set<number>> {
  const byTarget = new Map<Target, Set<number>>();
  for (const { partition, courses } of feeds)
    for (const { target, stopped } of courses)
      if (!stopped) byTarget.set(target, (byTarget.get(target) ?? new Set<number>()).add(partition));
  return byTarget;
}
