import { describe, expect, it } from '@jest/globals';
import { chooseRate } from './choose-rate.js';

const rates = [
  { id: 'fast', rate: '20.00', delivery_days: 1 },
  { id: 'faster-but-dear', rate: '9.50', delivery_days: 1 },
  { id: 'cheap', rate: '4.00', delivery_days: 5 },
  { id: 'as-cheap-but-sooner', rate: '4.00', delivery_days: 3 },
  { id: 'dear-in-text', rate: '10.00', delivery_days: 4 },
  { id: 'nobody-knows-when', rate: '4.00', delivery_days: null },
];

describe('the rate that is bought', () => {
  it.each([
    ['standard', 'as-cheap-but-sooner'],
    ['', 'as-cheap-but-sooner'],
    ['express', 'faster-but-dear'],
  ])('given %j, then it is %s', (method, id) => {
    expect(chooseRate(rates, method)?.id).toBe(id);
    expect(chooseRate([...rates].reverse(), method)?.id).toBe(id);
  });

  it('given no rates, then there is none', () => {
    expect(chooseRate([], 'standard')).toBeUndefined();
  });
});
