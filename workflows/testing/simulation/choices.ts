/** How many values one choice is drawn from. */
export const CHOICES = 256;

/**
 * What was drawn for one history. Zero is always the tame choice, and so is everything after the end: a shorter list of
 * smaller numbers makes a simpler history, which is what fast-check shrinks to; and in the end everything goes well.
 */
export class Choices {
  #used = 0;

  constructor(private readonly drawn: readonly number[]) {}

  draw(): number {
    return this.drawn[this.#used++] ?? 0;
  }

  /** True this often. */
  happens(percent: number): boolean {
    return this.draw() >= CHOICES * (1 - percent / 100);
  }

  /** The first one is the tame one. */
  oneOf<Option>(options: readonly [Option, ...Option[]]): Option {
    return options[this.draw() % options.length] ?? options[0];
  }
}
