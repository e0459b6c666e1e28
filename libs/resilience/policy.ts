/** When a dependency is given up for a while, so that nobody waits for what will not come. */
export interface BreakerPolicy {
  /** Opens when at least this share of the calls … */
  readonly failureShare: number;
  /** … of at least so many … */
  readonly minCalls: number;
  /** … in this time has failed. */
  readonly windowMs: number;
  /** So long every call is refused at once; then one is let through, and decides. */
  readonly openMs: number;
}

/** How much of this process one method of a dependency can hold. */
export interface BulkheadPolicy {
  /** Calls under way. */
  readonly concurrent: number;
  /** Calls that wait for one of them to end; the next one is refused at once. */
  readonly queued: number;
}

/** How one method of a dependency is called. */
export interface MethodPolicy {
  /** For the whole call, repeats included. Less where whoever waits has less left. */
  readonly timeoutMs: number;
  /** gRPC repeats it when it is UNAVAILABLE, within the dependency's budget. Only what is idempotent. */
  readonly retried: boolean;
  readonly breaker: BreakerPolicy | null;
  readonly bulkhead: BulkheadPolicy | null;
  /** What is served when it fails; null: the failure is passed on. */
  readonly fallback: string | null;
}

/** How gRPC repeats a call, and how much load that may add: the budget is per caller's process and dependency. */
export const RETRIES = {
  attempts: 3,
  initialBackoffMs: 100,
  maxBackoffMs: 10_000,
  /** Each failure takes one token, each success gives `refill` back; below half of them nothing is repeated: about 10 % extra load. */
  budget: { tokens: 10, refill: 0.1 },
} as const;

/**
 * Half of at least ten calls within five seconds: under load it opens when a dependency has failed for half of that time. In a
 * longer window the successes from before would keep it closed for longer.
 */
export const BREAKER: BreakerPolicy = { failureShare: 0.5, minCalls: 10, windowMs: 5_000, openMs: 10_000 };

/** One row of the table. */
export interface PolicyRow extends MethodPolicy {
  readonly caller: string;
  readonly dependency: string;
  readonly method: string;
}
