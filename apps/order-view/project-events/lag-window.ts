const SIZE = 2_000;
/** As much as the database's integer holds: 24 days. */
const MOST_MS = 2 ** 31 - 1;

/** How long events took of late, from their recording to their projection. */
export class LagWindow {
  private readonly lags: number[] = [];
  private next = 0;

  add(ms: number): void {
    this.lags[this.next] = Math.min(ms, MOST_MS);
    this.next = (this.next + 1) % SIZE;
  }

  percentiles(): { readonly p50: number; readonly p99: number } {
    const sorted = [...this.lags].sort((one, other) => one - other);
    const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
    return { p50: at(0.5), p99: at(0.99) };
  }
}
