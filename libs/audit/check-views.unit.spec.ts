import { describe, expect, it } from '@jest/globals';
import { checkSales, checkViews } from './check-views.js';
import type { OrderFact, SalesFact } from './facts.js';

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

describe('an order in the list', () => {
  const order: OrderFact = {
    ...{ status: 'DELIVERED', total: 100, currency: 'EUR', customer: 'anna', items: 'TEA×1', paid: 100, version: 9 },
    ...{ placed: 'one', progress: 'same', ageMs: 0, needsAttention: false, overdue: false },
  };
  const viewed = { version: 9, status: 'DELIVERED', customer: 'anna', placed: 'other', progress: 'same' } as const;
  const check = (fact: OrderFact) =>
    checkViews({ id: 'order', order: fact, viewed }, { atRest: true }, new Map([['orders', 1]]));

  it('given another wish than orders has, then that is named', () => {
    expect(check(order)).toEqual([{ invariant: 'R', orderId: 'order', message: expect.stringContaining('otherwise') }]);
  });

  it('given a wish that orders has in an older shape, then it is not compared', () => {
    expect(check({ ...order, placed: null })).toEqual([]);
  });
});
