import { isWaybillError } from '#libs/kernel/errors.js';
import { counter } from '#libs/telemetry/metrics.js';

export interface CacheTimes {
  /** So long an answer is served without asking again. */
  readonly freshMs: number;
  /** So old an answer may be that stands in while the catalogue does not answer. */
  readonly maxAgeMs: number;
}

export interface Answered<Value> {
  readonly value: Value;
  /** The catalogue does not answer: this is what it said before. */
  readonly stale: boolean;
}

interface Entry {
  readonly value: unknown;
  readonly skus: ReadonlySet<string>;
  readonly at: number;
}

const CAPACITY = 500;
const answers = counter('waybill_product_cache_total', 'Answers about products, by where they came from', ['source']);

/** What the catalogue said a moment ago. A product whose price has changed is dropped, with every page that shows it. */
export class ProductCache {
  private readonly entries = new Map<string, Entry>();
  /** Grows with each drop: what was asked for before it may have the old price. */
  private drops = 0;

  constructor(
    private readonly times: CacheTimes,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws what `ask` throws, unless that is no refusal of the catalogue and an answer is young enough. */
  async get<Value>(
    key: string,
    skusOf: (value: Value) => readonly string[],
    ask: () => Promise<Value>,
  ): Promise<Answered<Value>> {
    const kept = this.younger<Value>(key, this.times.freshMs);
    if (kept) return this.answer('fresh', kept);
    const drops = this.drops;
    try {
      const value = await ask();
      if (drops === this.drops) this.keep(key, { value, skus: new Set(skusOf(value)), at: this.now() });
      return this.answer('catalog', { value, stale: false });
    } catch (error) {
      const older = isWaybillError(error) && error.technical && this.younger<Value>(key, this.times.maxAgeMs);
      if (older) return this.answer('stale', { ...older, stale: true });
      throw error;
    }
  }

  /** Its price has changed. */
  drop(sku: string): void {
    this.drops += 1;
    for (const [key, { skus }] of this.entries) if (skus.has(sku)) this.entries.delete(key);
  }

  /** Nobody knows which prices have changed. */
  clear(): void {
    this.drops += 1;
    this.entries.clear();
  }

  private younger<Value>(key: string, ageMs: number): Answered<Value> | undefined {
    const entry = this.entries.get(key);
    return entry && this.now() - entry.at < ageMs ? { value: entry.value as Value, stale: false } : undefined;
  }

  private keep(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
    if (this.entries.size > CAPACITY) this.entries.delete(this.entries.keys().next().value ?? key);
  }

  private answer<Value>(source: 'fresh' | 'stale' | 'catalog', answered: Answered<Value>): Answered<Value> {
    answers.inc({ source });
    return answered;
  }
}
