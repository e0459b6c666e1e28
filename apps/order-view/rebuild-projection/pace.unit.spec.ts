import { describe, expect, it } from '@jest/globals';
import { restAfter } from './pace.js';

const PACE = { yieldLagMs: 500, share: 20 };

describe('a rebuild', () => {
  it('rests not at all while events come in time', () => expect(restAfter(100, 500, PACE)).toBe(0));
  it('takes its share of the time while they come late', () => expect(restAfter(100, 501, PACE)).toBe(400));
  it('never rests for so long that it is taken for dead', () => expect(restAfter(60_000, 10_000, PACE)).toBe(2_000));
});
