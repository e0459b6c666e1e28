const SIZE = 2_000;
/** As much as the database's integer holds: 24 days. */
const MOST_MS = 2 ** 31 - 1;

const RECENT_MS = 2_000;

/** How long events took of late, from their recording to their projection. */
export class LagWindow {
  private readonly lags: number[] = [];
  private next = 0;
  private latest = { at: -Infinity, ms: 0 };

  add(ms: number): void {
    this.lags[this.next] = Math.min(ms, MOST_MS);
    this.next = (this.next + 1) % SIZE;
    this.latest = { at: performance.now(), ms };
  }

  /** Of the event that came last; 0 where none has come for a while. */
  get recent(): number {
    return performance.now() - this.latest.at < RECENT_MS ? this.latest.ms : 0;
  }

  percentiles(): { readonly p50: number; readonly p99: number } {
    const sorted = [...this.lags].sort((one, other) => one - other);
    const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
    return { p50: at(0.5), p99: at(0.99) };
  }
}
