import type { QueryExecutorProvider } from 'kysely';
import { destinationOf, type Lane } from '#libs/contracts/topology.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { isId } from '#libs/kernel/ids.js';
import { logger } from '#libs/telemetry/logger.js';
import { published, publishing } from '../message-metrics.js';
import type { Publisher, PublishOutcome } from '../publisher.js';
import type { OutboxLease } from './lease.js';
import { beginPublishing } from './publishing.js';
import { removeRows, type OutboxRow } from './outbox-rows.js';
import { wavesBySubject } from './waves.js';

const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 5_000;
const LEAST_BATCH = 10;

/** Sends one lane. When the broker does not take a message, this lane waits; no other lane notices. */
export class LaneSender {
  /** How many messages it takes at once: few while they are refused, so that a full queue is not offered the whole backlog. */
  limit: number;
  private busy = false;
  private backoffMs = 0;
  private heldUntil = 0;

  constructor(
    readonly lane: Lane,
    private readonly db: QueryExecutorProvider,
    private readonly publisher: Publisher,
    private readonly lease: Pick<OutboxLease, 'held'>,
    private readonly batch: number,
    private readonly producer: string,
  ) {
    this.limit = batch;
  }
  get ready(): boolean {
    return !this.busy && Date.now() >= this.heldUntil;
  }

  /** Milliseconds until this lane may be tried again, when it waits for nothing but time. */
  get waitMs(): number {
    return this.busy ? Infinity : Math.max(0, this.heldUntil - Date.now());
  }

  /** Whatever held it back is over. */
  release(): void {
    this.backoffMs = 0;
    this.heldUntil = 0;
    this.limit = this.batch;
  }

  /** Publishes a batch and removes what is done with; the rest stays where it is. */
  async send(rows: readonly OutboxRow[]): Promise<void> {
    this.busy = true;
    try {
      await failpoint('outbox.before-publish', orderIn(rows));
      const done = await this.publish(rows);
      await failpoint('outbox.after-publish', orderIn(done));
      await removeRows(this.db, this.lane, done);
      if (done.length < rows.length) return this.holdBack(done.length);
      this.backoffMs = 0;
      this.limit = Math.min(this.limit * 4, this.batch);
    } catch (error) {
      logger().warn({ error, lane: this.lane }, 'the outbox could not be worked off');
      this.holdBack(0);
    } finally {
      this.busy = false;
    }
  }

  /**
   * Gives the rows that are done with: confirmed, and all before them of the same subject too. A later one that was confirmed
   * alone stays and is sent again, so that whoever reads the queue has each subject's messages in order in the end.
   */
  private async publish(rows: readonly OutboxRow[]): Promise<OutboxRow[]> {
    const done: OutboxRow[] = [];
    const held = new Set<string>();
    for (const wave of destinationOf(this.lane).mayRefuse ? wavesBySubject(rows) : [rows]) {
      const due = wave.filter(({ subject }) => !held.has(subject));
      if (due.length === 0 || !this.lease.held) break;
      const { messages, end } = beginPublishing(due, this.producer);
      const stop = publishing.startTimer({ lane: this.lane });
      const outcomes = await this.publisher.publishAll(messages);
      stop();
      end(outcomes);
      this.count(outcomes);
      due.forEach((row, place) => {
        if (outcomes[place] !== 'confirmed') held.add(row.subject);
        else if (!held.has(row.subject)) done.push(row);
      });
      if (outcomes.includes('unconfirmed')) break;
    }
    return done;
  }

  private count(outcomes: readonly PublishOutcome[]): void {
    for (const outcome of outcomes) published.inc({ lane: this.lane, outcome });
  }

  private holdBack(sent: number): void {
    this.limit = Math.min(Math.max(LEAST_BATCH, sent * 2), this.batch);
    this.backoffMs =
      sent > 0 ? FIRST_BACKOFF_MS : Math.min(Math.max(FIRST_BACKOFF_MS, this.backoffMs * 2), LAST_BACKOFF_MS);
    this.heldUntil = Date.now() + this.backoffMs;
    logger().debug({ lane: this.lane, backoffMs: this.backoffMs }, 'the lane is held back');
  }
}

function orderIn(rows: readonly OutboxRow[]): string | undefined {
  return rows.find(({ subject }) => isId(subject))?.subject;
}
