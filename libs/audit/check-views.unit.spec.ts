import { describe, expect, it } from '@jest/globals';
import { checkSales } from './check-views.js';
import type { SalesFact } from './facts.js';

const HOUR: SalesFact = { hour: 0, sku: 'TEA', currency: 'EUR', ordered: 3, sold: 2, undone: 1, revenue: 900 };

describe('the sales', () => {
  it('given what the log adds up to, then nothing is wrong', () => {
    expect(checkSales([HOUR], [{ ...HOUR }])).toEqual([]);
  });

  it.each([
    ['another figure', [{ ...HOUR, revenue: 899 }], [HOUR]],
    ['an hour that is missing', [], [HOUR]],
    ['an hour that nobody bought in', [HOUR], []],
  ])('given %s, then it is named', (_, shown, due) => {
    expect(checkSales(shown, due)).toEqual([
      { invariant: 'R', message: expect.stringContaining('TEA in the hour of') },
    ]);
  });
});
