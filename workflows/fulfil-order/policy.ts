import type { StepName } from '#libs/contracts/steps.js';

/**
 * The numbers an order is fulfilled by. They travel in the start input, so that an order keeps the ones it was started
 * with: a worker with other numbers must not change the timers of orders in flight.
 */
export interface FulfilmentPolicy {
  readonly steps: Readonly<Record<StepName, StepPolicy>>;
  /** Pause before each attempt of a step; there are as many attempts as pauses. */
  readonly pausesMs: readonly number[];
  /** What is repeated without limit (undos, records) pauses this long at first, then twice as long each time, up to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** What is repeated for longer than this asks for a person, and is repeated all the same. */
  readonly attentionAfterMs: number;
}

export interface StepPolicy {
  /** Of one attempt, do or undo. */
  readonly timeoutMs: number;
  /**
   * The first attempt runs as a local activity: cheaper, for short steps. What a worker did so and died over is in no
   * history, so no two steps in a row may: the saga counts on one such step at most.
   */
  readonly localFirst: boolean;
}

export const DEFAULT_POLICY: FulfilmentPolicy = {
  steps: {
    'reserve-inventory': { timeoutMs: 5_000, localFirst: true },
    'process-payment': { timeoutMs: 10_000, localFirst: false },
    'schedule-shipping': { timeoutMs: 5_000, localFirst: true },
  },
  pausesMs: [0, 2_000, 12_000],
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
  attentionAfterMs: 600_000,
};
