/** So many requests a second in the long run, and as many at once as the bucket holds. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** A token wanted from the bucket of somebody under a policy. */
export interface Demand {
  readonly policy: string;
  readonly key: string;
  readonly rate: Rate;
}

/** What is left in a bucket. */
export interface Level {
  readonly policy: string;
  readonly rate: Rate;
  readonly remaining: number;
  /** Until it is full again. */
  readonly fullInMs: number;
  /** Until it has a token; 0 where it had one. */
  readonly waitMs: number;
}

/** Where buckets are kept: in this process, or where several processes see them. All tokens are taken, or none. */
export interface Buckets {
  take(demands: readonly Demand[]): Promise<readonly Level[]> | readonly Level[];
}

/** Fractions of a millisecond that adding up has lost. */
const ROUNDING_MS = 0.01;

export function tokenMs({ perSecond }: Rate): number {
  return 1_000 / perSecond;
}

/**
 * A token bucket is kept as one number, the time at which it is full (the generic cell rate algorithm): a token more, and it is
 * full that much later. It has none when that is further ahead than filling the whole bucket takes.
 */
export function hasToken(aheadMs: number, rate: Rate): boolean {
  return aheadMs <= rate.burst * tokenMs(rate) + ROUNDING_MS;
}

/** @param aheads how far ahead each bucket would be full, had its token been taken */
export function levelsOf(demands: readonly Demand[], aheads: readonly number[]): readonly Level[] {
  const taken = demands.every(({ rate }, place) => hasToken(aheads[place] ?? 0, rate));
  return demands.map(({ policy, rate }, place) => {
    const aheadMs = aheads[place] ?? 0;
    const fullInMs = Math.max(0, taken ? aheadMs : aheadMs - tokenMs(rate));
    const remaining = Math.floor(rate.burst - (fullInMs - ROUNDING_MS) / tokenMs(rate));
    const waitMs = hasToken(aheadMs, rate) ? 0 : aheadMs - rate.burst * tokenMs(rate);
    return { policy, rate, fullInMs, waitMs, remaining: Math.min(rate.burst, Math.max(0, remaining)) };
  });
}
