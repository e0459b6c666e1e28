/**
 * Begins what people read in Temporal's UI without a key: summaries and details, which hold no personal data. It is invisible
 * (a word joiner). workflows/readable.ts has the same: nothing of ours but types can be imported there.
 */
export const READABLE = '\u2060';

/** Left as it is by the codec. For words that name nobody. */
export function readable(words: string): string {
  return `${READABLE}${words}`;
}
