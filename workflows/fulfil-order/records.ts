import { CancellationScope, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { RecordActivities } from './contract.js';
import { AttemptFailed, failureOf } from './failures.js';
import type { FulfilmentPolicy } from './policy.js';
import { readable } from '../readable.js';

type Write = (activities: RecordActivities) => Promise<void>;
type Watch = (repeat: () => Promise<void>) => Promise<void>;

const TIMEOUT = '3 seconds';

/**
 * What the workflow writes into orders' log. Every record is repeated until orders has taken it, out of reach of any
 * cancellation: what has happened to an order is never lost on the way.
 */
export class Records {
  #pending = 0;

  constructor(private readonly policy: FulfilmentPolicy) {}

  /** One cheap attempt first, then as many as it takes, with `watch` around those. */
  write(write: Write, summary: string, watch: Watch = (repeat) => repeat()): Promise<void> {
    const once = { startToCloseTimeout: TIMEOUT, retry: { maximumAttempts: 1 }, summary: readable(summary) } as const;
    return CancellationScope.nonCancellable(async () => {
      try {
        await write(proxyLocalActivities<RecordActivities>(once));
      } catch (error) {
        const failure = failureOf(error);
        if (!(failure instanceof AttemptFailed)) throw failure;
        await watch(() => write(this.#repeated(summary)));
      }
    });
  }

  /** Orders hears of it only after all that has led to it is in the workflow's history: no worker dies with that. */
  writeAfterHistory(write: Write, summary: string): Promise<void> {
    return CancellationScope.nonCancellable(() => write(this.#repeated(summary)));
  }

  /** Writes while the order goes on. */
  writeMeanwhile(write: Write, summary: string): void {
    this.meanwhile(() => this.write(write, summary));
  }

  /** Lets `work` end in the records while the order goes on. `settled` is false until it has. */
  meanwhile(work: () => Promise<unknown>): void {
    this.#pending += 1;
    void work().then(() => (this.#pending -= 1));
  }

  get settled(): boolean {
    return this.#pending === 0;
  }

  #repeated(summary: string): RecordActivities {
    const { firstPauseMs: initialInterval, longestPauseMs: maximumInterval } = this.policy;
    const retry = { initialInterval, maximumInterval };
    return proxyActivities<RecordActivities>({ startToCloseTimeout: TIMEOUT, retry, summary: readable(summary) });
  }
}
