import { describe, expect, it } from '@jest/globals';
import type { Findings } from '#libs/audit/audit.js';
import type { Violation } from '#libs/audit/facts.js';
import { PastChecks } from './past-checks.js';

const ORDER = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';
const stuck: Violation = { invariant: 'A', orderId: ORDER, message: 'is still PAID' };
const totals: Violation = { invariant: 'S', message: 'MUG@LEIPZIG: reserved is 3' };

function found(scope: Findings['scope'], violations: Violation[] = [], ofHistory: Violation[] = []): Findings {
  const counts = { A: 0, M: 0, S: 0, C: 0, R: 0 };
  const brokenOrders = violations.flatMap(({ orderId }) => orderId ?? []);
  const nobody = { needsAttention: [], needsAttentionCount: 0, deadLetters: [] };
  return { scope, orders: 1, violations, counts, brokenOrders, ofHistory, ...nobody };
}

describe('the next check', () => {
  it('is of everything while there was none', () => {
    expect(new PastChecks(5).recent(0)).toBeUndefined();
  });

  it('is of everything again once the last whole one has become a small share of the time', () => {
    const past = new PastChecks(5);
    past.add(found('whole'), { startedAt: 0, endedAt: 1_000 });
    expect(past.recent(19_999)).toBeDefined();
    expect(past.recent(20_000)).toBeUndefined();
  });

  it('is else of what came since the one before, with what was broken', () => {
    const past = new PastChecks(1);
    past.add(found('whole'), { startedAt: 0, endedAt: 100_000 });
    past.add(found('recent', [stuck]), { startedAt: 600_000, endedAt: 601_000 });
    expect(past.recent(700_000)).toMatchObject({ withinMs: 100_000 + 300_000, also: [ORDER] });
  });

  it('is of as much as is quicker than everything: that depends on how much there is', () => {
    const past = new PastChecks(1);
    past.add({ ...found('whole'), orders: 1_000_001 }, { startedAt: 0, endedAt: 100_000 });
    past.add({ ...found('recent'), orders: 70_000 }, { startedAt: 600_000, endedAt: 601_000 });
    expect(past.recent(700_000)).toMatchObject({ most: 250_000 });
    past.add({ ...found('whole'), orders: 10 }, { startedAt: 700_000, endedAt: 700_100 });
    expect(past.recent(700_200)).toMatchObject({ most: 50_000 });
  });

  it('reads again what was broken and of which no message was kept', () => {
    const past = new PastChecks(1);
    const others = ['01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d11', '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d12'];
    const findings = { ...found('whole', [stuck]), brokenOrders: [ORDER, 'pi_nobody', ...others] };
    past.add(findings, { startedAt: 0, endedAt: 100_000 });
    expect(past.recent(110_000)).toMatchObject({ also: [ORDER, ...others] });
  });

  it('does not call mended what it could not see', () => {
    const past = new PastChecks(1);
    past.add(found('whole', [stuck, totals], [totals]), { startedAt: 0, endedAt: 100_000 });
    expect(past.add(found('recent'), { startedAt: 600_000, endedAt: 601_000 })).toEqual([totals]);
    expect(past.add(found('whole'), { startedAt: 700_000, endedAt: 701_000 })).toEqual([]);
    expect(past.add(found('recent'), { startedAt: 702_000, endedAt: 703_000 })).toEqual([]);
  });

  it('is of everything where that is wanted, until it was kept; asked for again meanwhile, it is the same one', () => {
    const past = new PastChecks(1);
    past.add(found('whole'), { startedAt: 0, endedAt: 10_000 });
    past.wantWhole(60_000, 60_000);
    expect(past.recent(60_000)).toBeDefined();
    past.wantWhole(80_000, 60_000);
    expect(past.recent(80_000)).toBeUndefined();
    past.add(found('recent'), { startedAt: 79_000, endedAt: 80_500 });
    past.wantWhole(81_000, 60_000);
    expect([past.wholeWanted, past.recent(82_000)]).toEqual([true, undefined]);
    past.add(found('whole'), { startedAt: 80_500, endedAt: 90_000 });
    past.wantWhole(90_000, 60_000);
    expect([past.wholeWanted, past.recent(90_000) !== undefined]).toEqual([false, true]);
  });
});
