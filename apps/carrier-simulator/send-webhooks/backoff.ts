const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** The pause after so many failed attempts: doubling, up to ten seconds, for ever. */
export function backoffMs(attempts: number): number {
  return Math.min(FIRST_MS * 2 ** Math.min(attempts - 1, 10), LONGEST_MS);
}
