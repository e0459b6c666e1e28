import { expect, it } from '@jest/globals';
import type { Violation } from './facts.js';
import { sumOf, Tally } from './tally.js';

it('what is broken is counted without end, and kept up to a bound; of which orders, up to another', () => {
  const tally = new Tally(2, 3);
  const broken = (invariant: 'A' | 'S', orderId: string): Violation => ({ invariant, orderId, message: 'is broken' });
  tally.add([broken('A', '1')]);
  tally.add([broken('S', '2'), broken('A', '2'), broken('A', '3'), broken('A', '4')]);
  expect(tally.kept.map(({ orderId }) => orderId)).toEqual(['1', '2']);
  expect([...tally.orders]).toEqual(['1', '2', '3']);
  expect(tally.counts).toEqual({ A: 4, M: 0, S: 1, C: 0, R: 0 });
  expect(sumOf(tally.counts)).toBe(5);
});
