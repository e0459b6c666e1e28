import type { Answer } from './send-request.js';

const MAX_AGE_MS = 30_000;
const MAX_ENTRIES = 500;

/** Answers that their server allows to keep, by URL: for one caller only. */
export class AnswerCache {
  private readonly entries = new Map<string, { readonly body: unknown; readonly until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  find(url: string): unknown {
    const entry = this.entries.get(url);
    return entry !== undefined && entry.until > this.now() ? entry.body : undefined;
  }

  /** Keeps an answer with a max-age, for at most 30 s; beyond 500 of them the oldest goes. */
  keep(url: string, { headers, body }: Answer): void {
    const [, seconds] = /(?:^|[\s,])max-age=(\d+)/.exec(headers.get('cache-control') ?? '') ?? [];
    const ageMs = Math.min(Number(seconds ?? 0) * 1_000, MAX_AGE_MS);
    this.entries.delete(url);
    if (ageMs > 0) this.entries.set(url, { body, until: this.now() + ageMs });
    const [oldest] = this.entries.keys();
    if (this.entries.size > MAX_ENTRIES && oldest !== undefined) this.entries.delete(oldest);
  }

  clear(): void {
    this.entries.clear();
  }
}
