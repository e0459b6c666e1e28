import type { Kysely } from 'kysely';
import { failpoint } from '#libs/kernel/failpoints.js';
import { markStopped, moveCheckpoints, noteOddities } from '#libs/messaging/stream/checkpoints.js';
import { logger } from '#libs/telemetry/logger.js';
import type { LoggedEvent } from '../projections/projection.js';
import type { Delivery } from './feed.js';
import type { LagWindow } from './lag-window.js';
import { Planner, type Plan, type ReadEvents, type Stop } from './plan.js';
import { lag, oddities, stopped } from './projection-metrics.js';
import type { Target } from './target.js';

export interface Surroundings {
  readonly readEvents: ReadEvents;
  readonly window: LagWindow;
  /** Told of a generation that has lost events, before its checkpoint moves beyond them. */
  readonly onLost: (target: Target) => Promise<void>;
}

/**
 * Applies a batch of several partitions to every generation that takes part, in one transaction: all rows, all checkpoints,
 * or nothing. What others are asked is asked before it.
 * @throws CheckpointLost, or whatever keeps it from being done now
 */
export async function applyBatch(
  db: Kysely<never>,
  targets: Iterable<Target>,
  deliveries: readonly Delivery[],
  { readEvents, window, onLost }: Surroundings,
): Promise<void> {
  const odd = oddOnes(deliveries);
  const note = (delivery: Delivery, reason: string): void => void odd.set(delivery, reason);
  const asked = oncePerOrder(readEvents);
  const plans = await Promise.all([...targets].map((target) => new Planner(target, asked, note).plan(db, deliveries)));
  for (const { target, lost } of plans) if (lost) await onLost(target);
  measure(deliveries, window);
  const moves = plans.flatMap((plan) => plan.moves);
  if (moves.length > 0) {
    await db.transaction().execute(async (trx) => {
      await moveCheckpoints(trx, moves, window.percentiles());
      await noteOddities(
        trx,
        [...odd].map(([{ feed, position, body }, reason]) => ({ partition: feed.partition, position, body, reason })),
      );
      for (const { target, changes } of plans)
        if (changes.length > 0) await target.projection.write(trx, target.generation, changes);
      await failpoint('project-events.before-commit', plans.flatMap(({ changes }) => changes)[0]?.orderId);
    });
  }
  oddities.inc(odd.size);
  for (const [{ feed, position }, reason] of odd)
    logger().warn({ partition: feed.partition, position, reason }, 'no event of this partition');
  for (const plan of plans) await conclude(db, plan);
}

function oddOnes(deliveries: readonly Delivery[]): Map<Delivery, string> {
  return new Map(
    deliveries.flatMap((delivery) => (delivery.read.kind === 'odd' ? [[delivery, delivery.read.reason]] : [])),
  );
}

/** Generations that miss the same events ask for them once. */
function oncePerOrder(readEvents: ReadEvents): ReadEvents {
  const asked = new Map<string, Promise<readonly LoggedEvent[]>>();
  return (orderId, afterVersion) => {
    const key = `${orderId} ${afterVersion}`;
    const answer = asked.get(key) ?? readEvents(orderId, afterVersion);
    asked.set(key, answer);
    return answer;
  };
}

function measure(deliveries: readonly Delivery[], window: LagWindow): void {
  const now = Date.now();
  for (const { feed, position, read } of deliveries) {
    const again = feed.courses.some((course) => course.position >= position);
    if (read.kind !== 'event' || again) continue;
    const ms = Math.max(0, now - read.logged.occurredAt.getTime());
    window.add(ms);
    lag.observe(ms / 1_000);
  }
}

/** What was written is remembered; what stands still says so. */
async function conclude(db: Kysely<never>, { target, changes, stops }: Plan): Promise<void> {
  for (const { orderId, after } of changes) target.remember(orderId, after);
  for (const stop of stops) await halt(db, stop);
}

/** A projection goes no further in a partition, and says so. */
export async function halt(db: Kysely<never>, { feed, course, reason }: Stop): Promise<void> {
  const { target } = course;
  course.stopped = true;
  stopped.set({ projection: target.name, partition: feed.partition }, 1);
  logger().error({ projection: target.name, partition: feed.partition, reason }, 'a projection cannot go on');
  await markStopped(db, { consumer: target.consumer, partition: feed.partition }, feed.epoch, reason);
}
