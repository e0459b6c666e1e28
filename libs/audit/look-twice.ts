import type { Findings } from './audit.js';
import type { Violation } from './facts.js';
import { countsBy } from './tally.js';

/**
 * For a system that runs: the databases are read one after the other, so what changed in between looks broken once.
 * What is broken still looks so after a pause.
 */
export async function lookTwice(look: () => Promise<Findings>, pause: () => Promise<unknown>): Promise<Findings> {
  const first = await look();
  if (first.violations.length === 0) return first;
  await pause();
  const second = await look();
  const before = new Set(first.violations.map(whatOf));
  const isBroken = (violation: Violation): boolean => before.has(whatOf(violation));
  const passed = second.violations.filter((violation) => !isBroken(violation));
  const counts = countsBy(
    (invariant) => second.counts[invariant] - passed.filter((each) => each.invariant === invariant).length,
  );
  return { ...second, violations: second.violations.filter(isBroken), counts };
}

/** Messages of one order may count seconds or units, and mean the same. */
function whatOf({ invariant, orderId, message }: Violation): string {
  return `${invariant} ${orderId ?? message}`;
}
