/** As in libs/temporal/readable.ts, where it says what it means. */
const READABLE = '\u2060';

/** Words for Temporal's UI, which the codec leaves as they are: they name nobody. */
export function readable(words: string): string {
  return `${READABLE}${words}`;
}
