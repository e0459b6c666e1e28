import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { audit, databasesThrough, type Findings, type Sources } from '#libs/audit/audit.js';
import { INVARIANTS } from '#libs/audit/facts.js';
import { asBefore, lookTwice } from '#libs/audit/look-twice.js';
import { countsBy, sumOf } from '#libs/audit/tally.js';
import type {
  CheckInvariantsResponse,
  InvariantCheck,
} from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { deadLettersOf, QUEUE_NAMES } from '#libs/contracts/topology.js';
import { messageOf } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { gauge } from '#libs/telemetry/metrics.js';
import { LookAtQueues } from '../list-queues/look-at-queues.js';
import { CONFIG, type OperationsConfig } from '../operations.config.js';
import { PastChecks } from './past-checks.js';

/** Longer than a change takes from one service's database to the next one's. */
const SECOND_LOOK_MS = 3_000;
/** Violations, and orders that need attention, that are kept: all are counted. */
const MOST = 1_000;

const broken = gauge('waybill_invariant_violations', 'What the last check found broken', ['invariant']);
const checkedAt = gauge('waybill_invariants_checked_timestamp_seconds', 'When the last check of the invariants ended');

/** Checks all that must hold, with the eyes of a role that may only read. One check at a time, and no more often than configured. */
@Injectable()
export class CheckInvariants implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly past: PastChecks;
  private last: InvariantCheck | undefined;
  private failure = '';
  private endedAt = -Infinity;
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly stopping = new AbortController();

  constructor(
    @Inject(CONFIG) private readonly config: OperationsConfig,
    private readonly queues: LookAtQueues,
  ) {
    this.past = new PastChecks(config.WAYBILL_INVARIANTS_WHOLE_SHARE);
  }

  onApplicationBootstrap(): void {
    const every = this.config.WAYBILL_INVARIANTS_EVERY;
    if (every > 0) this.timer = setInterval(() => void this.begin(), every).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.running;
  }

  /** The last check; when that is too old, a new one, if it ends within `waitMs`. `full`: the same of checks of everything. */
  async execute(waitMs: number, full: boolean): Promise<CheckInvariantsResponse> {
    const most = this.config.WAYBILL_INVARIANTS_MAX_AGE;
    const tried = this.failure !== '' && this.age() <= most;
    if (full) this.past.wantWhole(Date.now(), most);
    if (!tried && (this.past.wholeWanted || this.age() > most))
      await Promise.race([this.begin(), pause(Math.max(0, waitMs), undefined, { ref: false })]);
    return { check: this.last, checking: this.running !== undefined, failure: this.failure };
  }

  /** Since the last check ended, also one that failed: what cannot be checked is not tried at every request. */
  private age(): number {
    return Date.now() - this.endedAt;
  }

  private begin(): Promise<void> {
    return (this.running ??= this.check().finally(() => {
      this.running = undefined;
      this.endedAt = Date.now();
    }));
  }

  private async check(): Promise<void> {
    const startedAt = Date.now();
    const recent = this.past.recent(startedAt);
    try {
      const kept = { most: MOST, mostOrders: this.past.mostRecent };
      const look = (first?: Findings): Promise<Findings> => {
        const again = first ? asBefore(recent, first) : recent;
        return audit(this.sources(), { atRest: false }, [], { ...kept, ...(again && { recent: again }) });
      };
      const wait = (): Promise<unknown> => pause(SECOND_LOOK_MS, undefined, { signal: this.stopping.signal });
      this.keep(await lookTwice(look, wait), startedAt);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      logger().warn({ error }, 'the invariants could not be checked');
      this.failure = messageOf(error);
    }
  }

  private keep(findings: Findings, startedAt: number): void {
    const now = new Date();
    const violations = this.past.add(findings, { startedAt, endedAt: now.getTime() });
    const standing = violations.slice(0, violations.length - findings.violations.length);
    const counts = countsBy(
      (invariant) => findings.counts[invariant] + standing.filter((each) => each.invariant === invariant).length,
    );
    this.failure = '';
    this.last = {
      checkedAt: now,
      tookMs: now.getTime() - startedAt,
      orders: findings.orders,
      violationCount: sumOf(counts),
      violations: violations.slice(0, MOST).map((each) => ({ ...each, orderId: each.orderId ?? '' })),
      needsAttentionCount: findings.needsAttentionCount,
      needsAttention: [...findings.needsAttention],
      whole: findings.scope === 'whole',
      wholeCheckedAt: this.past.wholeAt,
    };
    for (const invariant of INVARIANTS) broken.set({ invariant }, counts[invariant]);
    checkedAt.set(now.getTime() / 1_000);
    if (violations.length > 0) logger().error({ violations: violations.slice(0, 10) }, 'invariants are broken');
  }

  private sources(): Sources {
    return { databaseOf: databasesThrough(this.config.WAYBILL_AUDITOR_URL), queues: () => this.deadInBroker() };
  }

  /** While the broker is away nobody can tell. */
  private async deadInBroker(): Promise<ReadonlyMap<string, number>> {
    try {
      const states = await this.queues.execute(QUEUE_NAMES.map(deadLettersOf));
      return new Map([...states].map(([queue, { ready }]) => [queue, ready]));
    } catch (error) {
      logger().debug({ error }, 'the broker cannot be asked for its dead letters');
      return new Map();
    }
  }
}
