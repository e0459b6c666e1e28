import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WaybillError } from '#libs/kernel/errors.js';
import { newId } from '#libs/kernel/ids.js';
import { Latch } from '#libs/messaging/latch.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';

let fixture: OrdersFixture;
beforeAll(async () => void (fixture = await ordersFixture()));
afterEach(() => fixture.peers.pricing.reset());
afterAll(() => fixture.close());

const place = async (sku: string) => {
  const metadata = await fixture.as('anna', { key: newId() });
  return fixture.first.orders.createOrder(wish({ items: [{ sku, quantity: 1 }] }), { ...CALL, metadata });
};
const down = () => Promise.reject(new WaybillError('UNAVAILABLE', 'down'));

describe('while the catalogue is down', () => {
  it('a price that was seen a moment ago stands in', async () => {
    await place('MUG');
    fixture.peers.prices.set('MUG', 1);
    fixture.peers.pricing.always(down);
    await expect(place('MUG')).resolves.toMatchObject({ order: { total: { amount: 1299 } } });
    fixture.peers.pricing.reset();
    await expect(place('MUG')).resolves.toMatchObject({ order: { total: { amount: 1 } } });
  });

  it('a product that was never seen cannot be sold', async () => {
    fixture.peers.pricing.always(down);
    await expect(place('TEA')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('the same holds when it only does not answer in time', async () => {
    await place('MUG');
    const latch = new Latch();
    fixture.peers.pricing.always(() => latch.opened);
    await expect(place('MUG')).resolves.toMatchObject({ replayed: false });
    await expect(place('TEA')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    latch.open();
  });
});

describe('while the catalogue is up', () => {
  it('its price is the price, whatever was seen before', async () => {
    await place('MUG');
    fixture.peers.prices.set('MUG', 777);
    await expect(place('MUG')).resolves.toMatchObject({ order: { total: { amount: 777 } } });
  });

  it('an order in two currencies is refused', async () => {
    fixture.peers.currencies.set('TEA', 'USD');
    const metadata = await fixture.as('bert', { key: newId() });
    const items = [
      { sku: 'MUG', quantity: 1 },
      { sku: 'TEA', quantity: 1 },
    ];
    const placing = fixture.first.orders.createOrder(wish({ items }), { ...CALL, metadata });
    await expect(placing).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    fixture.peers.currencies.clear();
  });
});
