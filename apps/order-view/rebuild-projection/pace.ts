/** However long it took to write something: a builder that is silent for long is replaced. */
const MOST_PAUSE_MS = 2_000;

export interface Pace {
  /** Events that come later than this tell that the machine is needed. */
  readonly yieldLagMs: number;
  /** Percent of the time that building takes then. */
  readonly share: number;
}

/** How long building rests after it has worked for so long, while events are projected so late. */
export function restAfter(workedMs: number, lagMs: number, { yieldLagMs, share }: Pace): number {
  if (lagMs <= yieldLagMs) return 0;
  return Math.min(MOST_PAUSE_MS, (workedMs * (100 - share)) / share);
}
