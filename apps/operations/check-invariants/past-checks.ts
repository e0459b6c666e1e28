import type { Findings, Recent } from '#libs/audit/audit.js';
import type { Violation } from '#libs/audit/facts.js';

/** What is younger than that may be in flight still, or was when it was looked at last. */
const OVERLAP_MS = 5 * 60_000;
/** Of fewer orders than these it is never slow to read them one by one. */
const FEW = 50_000;
/** Of a larger share of all orders it is quicker to read everything. */
const MOST_SHARE = 1 / 4;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * What the checks before leave to the next one. The whole history is read again only as often as keeps within a share of the
 * time; in between, what has changed since, what may be stuck, and what was broken.
 */
export class PastChecks {
  private whole: Span | undefined;
  /** How many orders the last whole check has seen. */
  private wholeOrders = 0;
  private last: Span | undefined;
  private broken: readonly string[] = [];
  /** What only a whole check can see, and see mended. */
  private standing: readonly Violation[] = [];
  private wanted = false;

  /** @param share percent of the time that whole checks may take */
  constructor(private readonly share: number) {}

  get wholeAt(): Date | undefined {
    return this.whole && new Date(this.whole.endedAt);
  }

  /** Somebody waits for a whole check. */
  get wholeWanted(): boolean {
    return this.wanted;
  }

  /** Until one has ended: whoever asks again while it runs waits for the same one. */
  wantWhole(now: number, maxAgeMs: number): void {
    this.wanted ||= now - (this.whole?.endedAt ?? -Infinity) > maxAgeMs;
  }

  /** Of more orders than these the next check reads everything, and of more it keeps not which are broken. */
  get mostRecent(): number {
    return Math.max(FEW, Math.floor(this.wholeOrders * MOST_SHARE));
  }

  /** What the next check reads. Undefined: everything. */
  recent(now: number): Recent | undefined {
    if (this.wanted || !this.last || !this.whole || this.isWholeDue(this.whole, now)) return undefined;
    return { withinMs: now - this.last.startedAt + OVERLAP_MS, also: this.broken, most: this.mostRecent };
  }

  /** @returns all that is known to be broken, with what was found by the last whole check and could not be seen by this one */
  add(findings: Findings, span: Span): readonly Violation[] {
    const { scope, orders, violations, brokenOrders, ofHistory } = findings;
    this.last = span;
    if (scope === 'whole') {
      this.whole = span;
      this.wholeOrders = orders;
      this.wanted = false;
      const unnamed = violations.filter(({ orderId }) => orderId !== undefined && !UUID.test(orderId));
      this.standing = [...violations.filter((violation) => ofHistory.includes(violation)), ...unnamed];
    }
    this.broken = brokenOrders.filter((id) => UUID.test(id));
    return scope === 'whole' ? violations : [...this.standing, ...violations];
  }

  private isWholeDue({ startedAt, endedAt }: Span, now: number): boolean {
    return now - startedAt >= ((endedAt - startedAt) * 100) / this.share;
  }
}
