import { describe, expect, it } from '@jest/globals';
import { quoteRates } from './rates.js';

describe('the rates for a parcel', () => {
  it('given a country that no carrier serves, then there are none', () => {
    expect(quoteRates('ZZ', 10)).toEqual([]);
  });

  it('given a served country, then each has its own id and a decimal price that grows with weight and distance', () => {
    const [home, heavy, abroad] = [quoteRates('DE', 10), quoteRates('DE', 500), quoteRates('FR', 10)];
    expect(new Set([...home, ...heavy].map(({ id }) => id)).size).toBe(6);
    home.forEach(({ rate }, index) => {
      expect(rate).toMatch(/^\d+\.\d\d$/);
      expect(Number(heavy[index]?.rate)).toBeGreaterThan(Number(rate));
      expect(Number(abroad[index]?.rate)).toBeGreaterThan(Number(rate));
    });
  });
});
