/** Why a message went to the dead letters at once. */
export type PoisonReason = 'malformed' | 'unknown-type' | 'unknown-version' | 'refused';

/** Thrown by a handler for a message that no repetition can cure: it goes to the dead letters at once. */
export class Poison extends Error {
  override readonly name = 'Poison';

  constructor(
    readonly reason: PoisonReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Thrown by a handler whose dependency cannot be reached: no attempt is counted.
 * The consumer returns what it holds, waits, probes with one message, and goes on once that succeeds.
 */
export class DependencyUnavailable extends Error {
  override readonly name = 'DependencyUnavailable';
}

/**
 * Thrown by a handler whose message somebody else is at, or that only this message has to wait for: it comes back in a second,
 * uncounted, and others go first. Whatever has caused it: every dependency answers.
 */
export class Busy extends Error {
  override readonly name = 'Busy';
}
