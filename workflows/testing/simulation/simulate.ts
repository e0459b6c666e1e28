import fc from 'fast-check';
import { hash } from 'node:crypto';
import { CHOICES } from './choices.js';
import { runHistory, type History } from './history.js';

/** Longer ones end as tame as shorter ones: the order is over by then. */
const MOST_CHOICES = 160;

const drawn = fc.array(fc.nat(CHOICES - 1), { maxLength: MOST_CHOICES, size: 'max' });

export interface Simulated {
  readonly histories: number;
  /** How many ended how. */
  readonly endings: ReadonlyMap<string, number>;
  /** A fingerprint of each history that differs from the others. */
  readonly different: ReadonlySet<string>;
  /** The shortest history found that breaks a rule. */
  readonly broken?: History & { readonly seed: number; readonly drawn: readonly number[] };
}

/** Draws histories, up to the first one that breaks a rule; the same seed draws the same ones. */
export async function simulate(histories: number, seed: number): Promise<Simulated> {
  const endings = new Map<string, number>();
  const different = new Set<string>();
  const holds = fc.asyncProperty(drawn, async (choices) => {
    const { violations, ending, happened } = await runHistory(choices);
    different.add(hash('sha1', happened.join('\n'), 'base64'));
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
    return violations.length === 0;
  });
  const { counterexample, numRuns } = await fc.check(holds, { seed, numRuns: histories });
  const simulated = { histories: numRuns, endings, different };
  if (!counterexample) return simulated;
  const [choices] = counterexample;
  return { ...simulated, broken: { ...(await runHistory(choices)), seed, drawn: choices } };
}

/** Of one that goes on for ever, the beginning tells why. */
const MOST_LINES = 120;

/** A broken history, to be read. */
export function tell({ violations, happened, seed, drawn }: NonNullable<Simulated['broken']>): string {
  const cut = happened.length > MOST_LINES ? [`… and ${happened.length - MOST_LINES} more`] : [];
  return [
    ...violations.map((violation) => `✗ ${violation}`),
    '',
    ...happened.slice(0, MOST_LINES),
    ...cut,
    '',
    `seed ${seed}; the shortest history of it: [${drawn.join(', ')}]`,
  ].join('\n');
}
