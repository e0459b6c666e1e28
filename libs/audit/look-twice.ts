import type { Findings, Recent } from './audit.js';
import type { Violation } from './facts.js';
import { countsBy } from './tally.js';

/** The database takes it as a number of rows. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/**
 * For a system that runs: the databases are read one after the other, so what changed in between looks broken once.
 * What is broken still looks so after a pause.
 * @param look is given what the first look found when it is the second one, which must be at the same
 */
export async function lookTwice(
  look: (first?: Findings) => Promise<Findings>,
  pause: () => Promise<unknown>,
): Promise<Findings> {
  const first = await look();
  if (first.violations.length === 0) return first;
  await pause();
  const second = await look(first);
  const before = new Set(first.violations.map(whatOf));
  const isBroken = (violation: Violation): boolean => before.has(whatOf(violation));
  const passed = second.violations.filter((violation) => !isBroken(violation));
  const counts = countsBy(
    (invariant) => second.counts[invariant] - passed.filter((each) => each.invariant === invariant).length,
  );
  return { ...second, violations: second.violations.filter(isBroken), counts };
}

/**
 * What a second look reads, where the first one was to read that. How much has changed is decided once: looks at different
 * orders would call mended what only one of them has read.
 */
export function asBefore(recent: Recent | undefined, first: Findings): Recent | undefined {
  return recent && first.scope === 'recent' ? { ...recent, most: UNBOUNDED } : undefined;
}

/** Messages of one order may count seconds or units, and mean the same. */
function whatOf({ invariant, orderId, message }: Violation): string {
  return `${invariant} ${orderId ?? message}`;
}
