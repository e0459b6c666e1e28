import { describe, expect, it } from '@jest/globals';
import { newOrder } from '../testing/inventory-fixture.js';
import { inventoryUnderTest } from '../testing/inventory-under-test.js';

describe('setting stock', () => {
  const inventory = inventoryUnderTest();

  const set = (available: number) => inventory.set.execute({ sku: 'mug', warehouse: 'north', available });

  it('receives what is more and writes off what is less, leaving alone what is promised', async () => {
    expect(await set(10)).toMatchObject({ available: 10, received: 10, writtenOff: 0, version: 1 });
    await inventory.hold.execute({ orderId: newOrder(), lines: [{ sku: 'mug', quantity: 4 }] });
    expect(await set(9)).toMatchObject({ available: 9, held: 4, received: 13, writtenOff: 0 });
    expect(await set(2)).toMatchObject({ available: 2, held: 4, received: 13, writtenOff: 7 });
  });

  it('changes nothing when the count agrees', async () => {
    const before = await set(5);
    expect(await set(5)).toMatchObject({ received: before.received, writtenOff: before.writtenOff });
  });

  it('starts a row for a new SKU', async () => {
    const level = await inventory.set.execute({ sku: 'NEW', warehouse: 'north', available: 3 });
    expect(level).toMatchObject({ sku: 'NEW', warehouse: 'north', available: 3, received: 3 });
  });
});
