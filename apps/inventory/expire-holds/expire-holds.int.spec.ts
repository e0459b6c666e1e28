import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing/eventually.js';
import { letHoldsRunOut, newOrder, toldEvents, unitsOf } from '../testing/inventory-fixture.js';
import { inventoryUnderTest } from '../testing/inventory-under-test.js';

describe('expiring holds', () => {
  const inventory = inventoryUnderTest({
    settings: { WAYBILL_HOLD_SWEEP_BATCH: '7', WAYBILL_HOLD_SWEEP_EVERY: '20ms' },
  });
  beforeAll(() => inventory.set.execute({ sku: 'mug', warehouse: 'north', available: 100 }));

  const holdOne = async () => {
    const orderId = newOrder();
    await inventory.hold.execute({ orderId, lines: [{ sku: 'mug', quantity: 1 }] });
    return orderId;
  };

  it('gives back the stock of every hold that is due, and leaves nothing of it, nor of its lines', async () => {
    const due = await Promise.all(Array.from({ length: 20 }, holdOne));
    await letHoldsRunOut(inventory.db);
    const live = await holdOne();

    expect((await inventory.expire.execute()).sort()).toEqual(due.sort());

    expect(await unitsOf(inventory.db, 'mug')).toBe('99 1 0 0 0');
    const left = await inventory.db.selectFrom('reservations').select('order_id').execute();
    expect(left).toEqual([{ order_id: live }]);
    const lines = await inventory.db.selectFrom('reservation_lines').select('order_id').execute();
    expect(lines).toEqual([{ order_id: live }]);
    expect(await toldEvents(inventory.db)).toEqual([]);
    await inventory.release.execute(live);
  });

  it('leaves what is reserved alone, however old', async () => {
    const orderId = await holdOne();
    await letHoldsRunOut(inventory.db, orderId);
    await inventory.reserve.execute({ orderId, lines: [{ sku: 'mug', quantity: 1 }] });
    expect(await inventory.expire.execute()).toEqual([]);
    expect(await unitsOf(inventory.db, 'mug')).toBe('99 0 1 0 0');
    await inventory.release.execute(orderId);
  });

  it('skips a hold that somebody else has in hand, without waiting for it', async () => {
    const [busy, free] = [await holdOne(), await holdOne()];
    await letHoldsRunOut(inventory.db);
    await inventory.db.transaction().execute(async (other) => {
      await other.selectFrom('reservations').select('order_id').where('order_id', '=', busy).forUpdate().execute();
      expect(await inventory.expire.execute()).toEqual([free]);
    });
    expect(await inventory.expire.execute()).toEqual([busy]);
  });

  it('is shared by several sweepers, each hold being given back once', async () => {
    const due = await Promise.all(Array.from({ length: 60 }, holdOne));
    await letHoldsRunOut(inventory.db);
    const swept = await Promise.all(Array.from({ length: 4 }, () => inventory.expire.execute()));
    expect(swept.flat().sort()).toEqual(due.sort());
    expect(await unitsOf(inventory.db, 'mug')).toBe('100 0 0 0 0');
  });

  it('happens by itself while the service runs', async () => {
    await holdOne();
    inventory.expire.onApplicationBootstrap();
    await letHoldsRunOut(inventory.db);
    await eventually(async () => expect(await unitsOf(inventory.db, 'mug')).toBe('100 0 0 0 0'));
    await inventory.expire.beforeApplicationShutdown();
  });
});
