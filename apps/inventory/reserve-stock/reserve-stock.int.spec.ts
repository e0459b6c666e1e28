import { describe, expect, it } from '@jest/globals';
import { letHoldsRunOut, newOrder, toldEvents, unitsOf } from '../testing/inventory-fixture.js';
import { inventoryUnderTest, stocked } from '../testing/inventory-under-test.js';

describe('reserving stock', () => {
  const inventory = inventoryUnderTest();

  const given = () => stocked(inventory, { north: 10 }, 4);

  it('makes a hold firm, and tells it once', async () => {
    const { sku, request } = await given();
    await inventory.hold.execute(request);

    const reserved = await inventory.reserve.execute(request);

    expect(reserved).toEqual({ orderId: request.orderId, state: 'reserved', expiresAt: null });
    expect(await inventory.reserve.execute(request)).toEqual(reserved);
    expect(await unitsOf(inventory.db, sku)).toBe('6 0 4 0 0');
    expect(await toldEvents(inventory.db, request.orderId)).toMatchObject([
      {
        type: 'StockReserved',
        producer: 'inventory',
        sequence: 1,
        correlationId: request.orderId,
        data: { orderId: request.orderId, lines: [{ sku, warehouse: 'north', quantity: 4 }] },
      },
    ]);
  });

  it('takes the stock itself when nothing was held', async () => {
    const { sku, request } = await given();
    expect(await inventory.reserve.execute(request)).toMatchObject({ state: 'reserved' });
    expect(await unitsOf(inventory.db, sku)).toBe('6 0 4 0 0');
    expect(await toldEvents(inventory.db, request.orderId)).toMatchObject([
      { type: 'StockReserved', sequence: 1, data: { lines: [{ sku, warehouse: 'north', quantity: 4 }] } },
    ]);
  });

  it('takes the stock anew when the hold has expired', async () => {
    const { sku, request } = await given();
    await inventory.hold.execute(request);
    await letHoldsRunOut(inventory.db, request.orderId);
    await inventory.expire.execute();
    expect(await unitsOf(inventory.db, sku)).toBe('10 0 0 0 0');

    expect(await inventory.reserve.execute(request)).toMatchObject({ state: 'reserved' });
    expect(await unitsOf(inventory.db, sku)).toBe('6 0 4 0 0');
  });

  it('keeps a hold that has run out but was not swept yet', async () => {
    const { sku, request } = await given();
    await inventory.hold.execute(request);
    await letHoldsRunOut(inventory.db, request.orderId);
    expect(await inventory.reserve.execute(request)).toMatchObject({ state: 'reserved' });
    expect(await inventory.expire.execute()).toEqual([]);
    expect(await unitsOf(inventory.db, sku)).toBe('6 0 4 0 0');
  });

  it('refuses when the hold has expired and others took the stock', async () => {
    const { sku, request } = await given();
    await inventory.hold.execute(request);
    await letHoldsRunOut(inventory.db, request.orderId);
    await inventory.expire.execute();
    await inventory.hold.execute({ orderId: newOrder(), lines: [{ sku, quantity: 8 }] });

    await expect(inventory.reserve.execute(request)).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
    expect(await unitsOf(inventory.db, sku)).toBe('2 8 0 0 0');
    expect(await toldEvents(inventory.db, request.orderId)).toEqual([]);
  });

  it('refuses other lines than those held', async () => {
    const { sku, request } = await given();
    await inventory.hold.execute(request);
    const other = inventory.reserve.execute({ ...request, lines: [{ sku, quantity: 3 }] });
    await expect(other).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await unitsOf(inventory.db, sku)).toBe('6 4 0 0 0');
  });

  it('finds the tombstone of an undo that came first, and takes nothing', async () => {
    const { sku, request } = await given();
    await inventory.release.execute(request.orderId);
    await expect(inventory.reserve.execute(request)).rejects.toMatchObject({ code: 'RELEASED' });
    expect(await unitsOf(inventory.db, sku)).toBe('10 0 0 0 0');
  });
});
