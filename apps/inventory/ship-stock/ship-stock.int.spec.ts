import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  inventoryFixture,
  newOrder,
  toldEvents,
  unitsOf,
  violations,
  type InventoryFixture,
} from '../testing/inventory-fixture.js';

describe('shipping stock', () => {
  let inventory: InventoryFixture;
  let skus = 0;

  beforeAll(async () => {
    inventory = await inventoryFixture();
  });
  afterEach(async () => {
    expect(await violations(inventory.db)).toEqual([]);
  });
  afterAll(() => inventory.drop());

  const given = async () => {
    const sku = `sku-${(skus += 1)}`;
    await inventory.set.execute({ sku, warehouse: 'north', available: 10 });
    return { sku, request: { orderId: newOrder(), lines: [{ sku, quantity: 4 }] } };
  };

  it('moves the units from reserved to shipped, once, and tells it', async () => {
    const { sku, request } = await given();
    await inventory.hold.execute(request);
    await inventory.reserve.execute(request);

    const shipped = await inventory.ship.execute(request.orderId);

    expect(shipped).toEqual({ orderId: request.orderId, state: 'shipped', expiresAt: null });
    expect(await inventory.ship.execute(request.orderId)).toEqual(shipped);
    expect(await unitsOf(inventory.db, sku)).toBe('6 0 0 4 0');
    const told = await toldEvents(inventory.db, request.orderId);
    expect(told.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['StockReserved', 1],
      ['StockShipped', 2],
    ]);
  });

  it('ships nothing that is only held, or not even that', async () => {
    const { sku, request } = await given();
    await expect(inventory.ship.execute(request.orderId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await inventory.hold.execute(request);
    await expect(inventory.ship.execute(request.orderId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await unitsOf(inventory.db, sku)).toBe('6 4 0 0 0');
  });

  it('ships nothing that was released', async () => {
    const { sku, request } = await given();
    await inventory.reserve.execute(request);
    await inventory.release.execute(request.orderId);
    await expect(inventory.ship.execute(request.orderId)).rejects.toMatchObject({ code: 'RELEASED' });
    expect(await unitsOf(inventory.db, sku)).toBe('10 0 0 0 0');
  });
});
