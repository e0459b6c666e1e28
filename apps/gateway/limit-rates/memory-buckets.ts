import { hasToken, levelsOf, tokenMs, type Buckets, type Demand, type Level } from './token-bucket.js';

/** A bucket is a number: so many take some megabytes. Beyond that those that were not used for longest are forgotten, full. */
const CAPACITY = 50_000;

/** The buckets of this process, however many callers and addresses there are. */
export class MemoryBuckets implements Buckets {
  private readonly fullAt = new Map<string, number>();

  constructor(
    private readonly now: () => number = Date.now,
    private readonly capacity = CAPACITY,
  ) {}

  take(demands: readonly Demand[]): readonly Level[] {
    const now = this.now();
    const aheads = demands.map(({ key, rate }) => Math.max(this.fullAt.get(key) ?? 0, now) + tokenMs(rate) - now);
    if (demands.every(({ rate }, place) => hasToken(aheads[place] ?? 0, rate)))
      demands.forEach(({ key }, place) => this.put(key, now + (aheads[place] ?? 0)));
    return levelsOf(demands, aheads);
  }

  get size(): number {
    return this.fullAt.size;
  }

  private put(key: string, fullAt: number): void {
    this.fullAt.delete(key);
    this.fullAt.set(key, fullAt);
    if (this.fullAt.size > this.capacity) this.fullAt.delete(this.fullAt.keys().next().value ?? key);
  }
}
