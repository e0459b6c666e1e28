/** A mistake that somebody could make: one change to one file. The tests named have to notice. */
export interface Mutant {
  readonly name: string;
  /** What goes wrong with it, in one sentence. */
  readonly breaks: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Specs of which at least one test has to fail. */
  readonly caughtBy: readonly string[];
  /** Of those specs, only the tests whose title matches: where the others would take long. */
  readonly tests?: string;
}
