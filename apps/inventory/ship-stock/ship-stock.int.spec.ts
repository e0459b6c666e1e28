import { describe, expect, it } from '@jest/globals';
import { toldEvents, unitsOf } from '../testing/inventory-fixture.js';
import { inventoryUnderTest, stocked } from '../testing/inventory-under-test.js';

describe('shipping stock', () => {
  const inventory = inventoryUnderTest();

  const given = () => stocked(inventory, { north: 10 }, 4);

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
