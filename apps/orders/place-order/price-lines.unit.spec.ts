import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PriceLinesResponse } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { OrdersConfig } from '../orders.config.js';
import type { Catalog } from '../peers.js';
import { PriceLines } from './price-lines.js';

const MUG = { sku: 'MUG', name: 'Mug', price: { amount: 1299, currency: 'EUR' }, available: 3 };
const LINE = { sku: 'MUG', quantity: 2 };

describe('prices', () => {
  let answer: () => Promise<PriceLinesResponse>;
  const up = async () => ({ products: [MUG], unknownSkus: [] });
  const down = () => Promise.reject(new WaybillError('DEADLINE_EXCEEDED', 'no answer'));
  const catalog = { priceLines: () => answer() } as unknown as Catalog;
  const config = { WAYBILL_PRICE_MAX_AGE: 30_000 } as OrdersConfig;
  let prices: PriceLines;
  beforeEach(() => {
    jest.useFakeTimers();
    prices = new PriceLines(catalog, config);
    answer = up;
  });
  afterEach(() => void jest.useRealTimers());

  it('are multiplied by the quantity', async () => {
    await expect(prices.execute([LINE])).resolves.toEqual([
      { sku: 'MUG', name: 'Mug', quantity: 2, unitPrice: MUG.price, lineTotal: { amount: 2598, currency: 'EUR' } },
    ]);
  });

  it('stand in for thirty seconds while the catalogue is down, and no longer', async () => {
    await prices.execute([LINE]);
    answer = down;
    jest.advanceTimersByTime(30_000);
    await expect(prices.execute([LINE])).resolves.toMatchObject([{ unitPrice: MUG.price }]);
    jest.advanceTimersByTime(1);
    await expect(prices.execute([LINE])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('stand in only if every line has one', async () => {
    await prices.execute([LINE]);
    answer = down;
    await expect(prices.execute([LINE, { sku: 'TEA', quantity: 1 }])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('never stand in for an answer', async () => {
    await prices.execute([LINE]);
    answer = async () => ({ products: [], unknownSkus: ['MUG'] });
    await expect(prices.execute([LINE])).rejects.toMatchObject({ code: 'UNKNOWN_SKU', details: { sku: 'MUG' } });
    answer = async () => ({ products: [{ ...MUG, price: undefined }], unknownSkus: [] });
    await expect(prices.execute([LINE])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
