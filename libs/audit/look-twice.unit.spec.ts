import { describe, expect, it } from '@jest/globals';
import type { Findings } from './audit.js';
import type { Violation } from './facts.js';
import { asBefore, lookTwice } from './look-twice.js';
import { countsBy } from './tally.js';

const NOTHING = { A: 0, M: 0, S: 0, C: 0, R: 0 };
const whole: Findings = {
  scope: 'whole',
  orders: 1,
  needsAttention: [],
  needsAttentionCount: 0,
  violations: [],
  counts: NOTHING,
  brokenOrders: [],
  ofHistory: [],
  deadLetters: [],
};
const broken = (...violations: Violation[]): Findings => ({
  ...whole,
  violations,
  counts: countsBy((invariant) => violations.filter((each) => each.invariant === invariant).length),
});
const stuck = (seconds: number): Violation => ({
  invariant: 'A',
  orderId: '1',
  message: `is still PAID after ${seconds} s`,
});
const passing: Violation = { invariant: 'S', orderId: '2', message: 'is SHIPPED, its stock is reserved' };
const catalogue: Violation = { invariant: 'R', message: 'MUG: the catalogue shows 1' };

async function seen(...looks: readonly Findings[]): Promise<{ violations: readonly Violation[]; pauses: number }> {
  const left = [...looks];
  let pauses = 0;
  const pause = (): Promise<number> => Promise.resolve((pauses += 1));
  const { violations } = await lookTwice(() => Promise.resolve(left.shift() ?? whole), pause);
  return { violations, pauses };
}

describe('a second look', () => {
  it('is not taken where nothing looks broken', async () => {
    expect(await seen(whole)).toEqual({ violations: [], pauses: 0 });
  });

  it('clears what was on its way, and keeps what is broken', async () => {
    expect(await seen(broken(stuck(61), passing), broken(stuck(64)))).toEqual({ violations: [stuck(64)], pauses: 1 });
  });

  it('does not believe what it sees for the first time', async () => {
    expect(await seen(broken(passing), broken(catalogue, stuck(60)))).toEqual({ violations: [], pauses: 1 });
  });

  it('counts what is not kept too, less what was on its way', async () => {
    const looks = [broken(stuck(61), passing), broken(stuck(64), catalogue)].map((look) => ({
      ...look,
      counts: { ...NOTHING, A: 500, R: 1 },
    }));
    const { counts } = await lookTwice(
      () => Promise.resolve(looks.shift() ?? whole),
      () => Promise.resolve(),
    );
    expect(counts).toEqual({ ...NOTHING, A: 500 });
  });

  it('is at what the first one has read, however much has changed meanwhile', async () => {
    const given: (Findings | undefined)[] = [];
    const first = broken(stuck(61));
    const look = (before?: Findings): Promise<Findings> => {
      given.push(before);
      return Promise.resolve(first);
    };
    await lookTwice(look, () => Promise.resolve());
    expect(given).toEqual([undefined, first]);
    const recent = { withinMs: 1_000, also: ['1'], most: 2 };
    expect(asBefore(recent, whole)).toBeUndefined();
    expect(asBefore(undefined, whole)).toBeUndefined();
    expect(asBefore(recent, { ...whole, scope: 'recent' })).toEqual({ ...recent, most: Number.MAX_SAFE_INTEGER });
  });
});
