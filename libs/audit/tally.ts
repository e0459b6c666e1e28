import { INVARIANTS, type Invariant, type Violation } from './facts.js';

export type Counts = Readonly<Record<Invariant, number>>;

/** What was found broken: all of it is counted, and no more kept than wanted. Of what is not kept, the order is. */
export class Tally {
  readonly kept: Violation[] = [];
  readonly orders = new Set<string>();
  private readonly found = new Map<Invariant, number>();

  constructor(
    private readonly most: number,
    private readonly mostOrders = Infinity,
  ) {}

  add(violations: readonly Violation[]): void {
    for (const violation of violations) {
      this.found.set(violation.invariant, (this.found.get(violation.invariant) ?? 0) + 1);
      if (this.kept.length < this.most) this.kept.push(violation);
      const { orderId } = violation;
      if (orderId !== undefined && this.orders.size < this.mostOrders) this.orders.add(orderId);
    }
  }

  get counts(): Counts {
    return countsBy((invariant) => this.found.get(invariant) ?? 0);
  }
}

export function countsBy(count: (invariant: Invariant) => number): Counts {
  return Object.fromEntries(INVARIANTS.map((invariant) => [invariant, count(invariant)])) as Counts;
}

export function sumOf(counts: Counts): number {
  return INVARIANTS.reduce((sum, invariant) => sum + counts[invariant], 0);
}
