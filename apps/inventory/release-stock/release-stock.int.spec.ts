import { describe, expect, it } from '@jest/globals';
import { newOrder, toldEvents, unitsOf } from '../testing/inventory-fixture.js';
import { inventoryUnderTest, stocked } from '../testing/inventory-under-test.js';

describe('releasing stock', () => {
  const inventory = inventoryUnderTest();

  const given = () => stocked(inventory, { north: 5, south: 4 }, 8);

  it.each(['hold', 'reserve'] as const)(
    'gives back what a %s took, once, to the warehouses it came from',
    async (step) => {
      const { sku, request } = await given();
      await inventory[step].execute(request);

      const released = await inventory.release.execute(request.orderId);

      expect(released).toEqual({ orderId: request.orderId, state: 'released', expiresAt: null });
      expect(await inventory.release.execute(request.orderId)).toEqual(released);
      const { items } = await inventory.list.execute({ skus: [sku], cursor: '', limit: 10 });
      expect(items.map(({ available }) => available)).toEqual([5, 4]);
    },
  );

  it('tells what it gave back, next in the order of the events', async () => {
    const { sku, request } = await given();
    await inventory.reserve.execute(request);
    await inventory.release.execute(request.orderId);
    await inventory.release.execute(request.orderId);
    expect(await toldEvents(inventory.db, request.orderId)).toMatchObject([
      { type: 'StockReserved', sequence: 1 },
      {
        type: 'StockReleased',
        sequence: 2,
        data: {
          orderId: request.orderId,
          lines: [
            { sku, warehouse: 'north', quantity: 5 },
            { sku, warehouse: 'south', quantity: 3 },
          ],
        },
      },
    ]);
  });

  it('succeeds for an order that never held anything, and tells nothing', async () => {
    const orderId = newOrder();
    expect(await inventory.release.execute(orderId)).toMatchObject({ state: 'released' });
    expect(await inventory.release.execute(orderId)).toMatchObject({ state: 'released' });
    expect(await toldEvents(inventory.db, orderId)).toEqual([]);
  });

  it('is final: nothing is held or reserved for the order again', async () => {
    const { sku, request } = await given();
    await inventory.reserve.execute(request);
    await inventory.release.execute(request.orderId);
    await expect(inventory.hold.execute(request)).rejects.toMatchObject({ code: 'RELEASED' });
    await expect(inventory.reserve.execute(request)).rejects.toMatchObject({ code: 'RELEASED' });
    expect(await unitsOf(inventory.db, sku)).toBe('9 0 0 0 0');
  });

  it('takes nothing back that has left the house', async () => {
    const { sku, request } = await given();
    await inventory.reserve.execute(request);
    await inventory.ship.execute(request.orderId);
    await expect(inventory.release.execute(request.orderId)).rejects.toMatchObject({ code: 'TOO_LATE' });
    expect(await unitsOf(inventory.db, sku)).toBe('1 0 0 8 0');
  });

  it('touches no other order', async () => {
    const { sku, request } = await given();
    await inventory.reserve.execute({ orderId: newOrder(), lines: [{ sku, quantity: 3 }] });
    await inventory.release.execute(request.orderId);
    expect(await unitsOf(inventory.db, sku)).toBe('6 0 3 0 0');
  });
});
