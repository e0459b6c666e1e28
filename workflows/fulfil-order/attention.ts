import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { AttentionTopic } from './contract.js';
import type { Display } from './display.js';
import type { Records } from './records.js';
import { readable } from '../readable.js';

export interface Alarm {
  /** No alarm any more; what was raised on its topic is cleared. */
  readonly end: () => Promise<void>;
}

/** Asks for a person where something takes too long. It never gives up on it. */
export class Attention {
  readonly #raised = new Map<AttentionTopic, string>();

  constructor(
    private readonly orderId: string,
    private readonly afterMs: number,
    private readonly records: Records,
    private readonly display: Display,
  ) {}

  /** Waits for work that is repeated until it succeeds; asks for a person while it takes longer than the policy allows. */
  async watch<Result>(topic: AttentionTopic, reason: string, work: () => Promise<Result>): Promise<Result> {
    const alarm = this.alarm(topic, reason, this.afterMs);
    try {
      return await work();
    } finally {
      await alarm.end();
    }
  }

  /** Rings after `afterMs`, unless it is ended before. */
  alarm(topic: AttentionTopic, reason: string, afterMs: number): Alarm {
    const scope = new CancellationScope();
    const rung = scope
      .run(() => sleep(afterMs, { summary: readable(`Needs attention then: ${topic}`) }))
      .then(() => this.raise(topic, reason))
      .catch(endedBefore);
    return {
      end: async () => {
        scope.cancel();
        await rung;
        await this.#clear(topic);
      },
    };
  }

  async raise(topic: AttentionTopic, reason: string): Promise<void> {
    this.#raised.set(topic, reason);
    this.display.needsAttention(true);
    this.display.show(`attention ${topic}`, `**Needs attention:** ${reason}`);
    await this.#record(topic, reason, true);
  }

  async #clear(topic: AttentionTopic): Promise<void> {
    const reason = this.#raised.get(topic);
    if (reason === undefined) return;
    this.#raised.delete(topic);
    this.display.hide(`attention ${topic}`);
    if (this.#raised.size === 0) this.display.needsAttention(false);
    await this.#record(topic, reason, false);
  }

  #record(topic: AttentionTopic, reason: string, raised: boolean): Promise<void> {
    const since = new Date().toISOString();
    const { orderId } = this;
    const summary = `${raised ? 'Needs attention' : 'Needs no attention any more'}: ${topic}`;
    return this.records.write((orders) => orders.recordAttention({ orderId, topic, raised, reason, since }), summary);
  }
}

function endedBefore(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
