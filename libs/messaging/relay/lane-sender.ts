import type { QueryExecutorProvider } from 'kysely';
import type { Lane } from '#libs/contracts/topology.js';
import { logger } from '#libs/telemetry/logger.js';
import { published } from '../message-metrics.js';
import type { Publisher, PublishOutcome } from '../publisher.js';
import type { OutboxLease } from './lease.js';
import { toMessage, removeRows, type OutboxRow } from './outbox-rows.js';
import { wavesBySubject } from './waves.js';

const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 5_000;

/** Sends one lane. When the broker does not take a message, this lane waits; no other lane notices. */
export class LaneSender {
  private busy = false;
  private backoffMs = 0;
  private heldUntil = 0;

  constructor(
    readonly lane: Lane,
    private readonly db: QueryExecutorProvider,
    private readonly publisher: Publisher,
    private readonly lease: Pick<OutboxLease, 'held'>,
  ) {}

  get ready(): boolean {
    return !this.busy && Date.now() >= this.heldUntil;
  }

  /** Milliseconds until this lane may be tried again, when it waits for nothing but time. */
  get waitMs(): number {
    return this.busy ? Infinity : Math.max(0, this.heldUntil - Date.now());
  }

  /** Whatever held it back may be over. */
  release(): void {
    this.backoffMs = 0;
    this.heldUntil = 0;
  }

  /** Publishes a batch and removes what was confirmed; the rest stays where it is. */
  async send(rows: readonly OutboxRow[]): Promise<void> {
    this.busy = true;
    try {
      const confirmed = await this.publish(rows);
      await removeRows(this.db, this.lane, confirmed);
      if (confirmed.length === rows.length) this.release();
      else this.holdBack(confirmed.length > 0);
    } catch (error) {
      logger().warn({ error, lane: this.lane }, 'the outbox could not be worked off');
      this.holdBack(false);
    } finally {
      this.busy = false;
    }
  }

  private async publish(rows: readonly OutboxRow[]): Promise<OutboxRow[]> {
    const confirmed: OutboxRow[] = [];
    const held = new Set<string>();
    for (const wave of wavesBySubject(rows)) {
      const due = wave.filter(({ subject }) => !held.has(subject));
      if (due.length === 0 || !this.lease.held) break;
      const outcomes = await this.publisher.publishAll(due.map(toMessage));
      this.count(outcomes);
      due.forEach((row, place) => (outcomes[place] === 'confirmed' ? confirmed.push(row) : held.add(row.subject)));
      if (outcomes.includes('unconfirmed')) break;
    }
    return confirmed;
  }

  private count(outcomes: readonly PublishOutcome[]): void {
    for (const outcome of outcomes) published.inc({ lane: this.lane, outcome });
  }

  private holdBack(someWent: boolean): void {
    this.backoffMs = someWent
      ? FIRST_BACKOFF_MS
      : Math.min(Math.max(FIRST_BACKOFF_MS, this.backoffMs * 2), LAST_BACKOFF_MS);
    this.heldUntil = Date.now() + this.backoffMs;
    logger().debug({ lane: this.lane, backoffMs: this.backoffMs }, 'the lane is held back');
  }
}
