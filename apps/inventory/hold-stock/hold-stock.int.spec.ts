import { describe, expect, it } from '@jest/globals';
import { withCallContext } from '#libs/grpc/call-context.js';
import { letHoldsRunOut, newOrder, toldEvents, unitsOf } from '../testing/inventory-fixture.js';
import { inventoryUnderTest } from '../testing/inventory-under-test.js';

describe('holding stock', () => {
  const inventory = inventoryUnderTest();

  const stockOf = async (sku: string, levels: Record<string, number>): Promise<void> => {
    for (const [warehouse, available] of Object.entries(levels))
      await inventory.set.execute({ sku, warehouse, available });
  };
  const takenFrom = async (orderId: string) =>
    inventory.db
      .selectFrom('reservation_lines')
      .select(['sku', 'warehouse', 'quantity'])
      .where('order_id', '=', orderId)
      .orderBy('sku')
      .orderBy('warehouse')
      .execute();

  it('moves the units of every line from available to held, for fifteen minutes', async () => {
    await stockOf('held-1', { north: 10 });
    await stockOf('held-2', { north: 5 });
    const orderId = newOrder();
    const before = Date.now();

    const lines = [
      { sku: 'held-1', quantity: 3 },
      { sku: 'held-2', quantity: 5 },
    ];
    const hold = await inventory.hold.execute({ orderId, lines });

    expect(hold).toMatchObject({ orderId, state: 'held' });
    expect(Number(hold.expiresAt) - before).toBeGreaterThan(14.9 * 60_000);
    expect(Number(hold.expiresAt) - before).toBeLessThan(15.1 * 60_000);
    expect(await unitsOf(inventory.db, 'held-1')).toBe('7 3 0 0 0');
    expect(await unitsOf(inventory.db, 'held-2')).toBe('0 5 0 0 0');
  });

  it('tells nobody: a hold is a promise, not yet a fact', async () => {
    await stockOf('quiet', { north: 1 });
    const orderId = newOrder();
    await inventory.hold.execute({ orderId, lines: [{ sku: 'quiet', quantity: 1 }] });
    expect(await toldEvents(inventory.db, orderId)).toEqual([]);
  });

  it('gives the same hold when it is asked again, and takes nothing more', async () => {
    await stockOf('again', { north: 10 });
    const request = { orderId: newOrder(), lines: [{ sku: 'again', quantity: 4 }] };
    const first = await inventory.hold.execute(request);
    expect(await inventory.hold.execute(request)).toEqual(first);
    expect(await unitsOf(inventory.db, 'again')).toBe('6 4 0 0 0');
  });

  it('refuses other lines under the same order id', async () => {
    await stockOf('other', { north: 10 });
    const orderId = newOrder();
    await inventory.hold.execute({ orderId, lines: [{ sku: 'other', quantity: 4 }] });
    const again = inventory.hold.execute({ orderId, lines: [{ sku: 'other', quantity: 5 }] });
    await expect(again).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await unitsOf(inventory.db, 'other')).toBe('6 4 0 0 0');
  });

  it('takes all lines or none', async () => {
    await stockOf('plenty', { north: 10 });
    await stockOf('scarce', { north: 1, south: 1 });
    const lines = [
      { sku: 'plenty', quantity: 1 },
      { sku: 'scarce', quantity: 3 },
    ];
    const hold = inventory.hold.execute({ orderId: newOrder(), lines });
    await expect(hold).rejects.toMatchObject({ code: 'OUT_OF_STOCK', details: { skus: 'scarce' } });
    expect(await unitsOf(inventory.db, 'plenty')).toBe('10 0 0 0 0');
    expect(await unitsOf(inventory.db, 'scarce')).toBe('2 0 0 0 0');
  });

  it('knows an unknown SKU from one that is sold out', async () => {
    const holdOf = (...skus: string[]) =>
      inventory.hold.execute({ orderId: newOrder(), lines: skus.map((sku) => ({ sku, quantity: 1 })) });
    await expect(holdOf('SOLD-OUT')).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
    await expect(holdOf('SOLD-OUT', 'NO-SUCH-SKU')).rejects.toMatchObject({
      code: 'UNKNOWN_SKU',
      details: { skus: 'NO-SUCH-SKU' },
    });
  });

  it('takes the whole order from one warehouse where one has it all', async () => {
    await stockOf('w-1', { north: 500, south: 10 });
    await stockOf('w-2', { north: 0, south: 10 });
    const orderId = newOrder();
    await inventory.hold.execute({
      orderId,
      lines: [
        { sku: 'w-1', quantity: 2 },
        { sku: 'w-2', quantity: 2 },
      ],
    });
    expect(await takenFrom(orderId)).toEqual([
      { sku: 'w-1', warehouse: 'south', quantity: 2 },
      { sku: 'w-2', warehouse: 'south', quantity: 2 },
    ]);
  });

  it('takes a line from one warehouse where one has enough, though another could give a part', async () => {
    await stockOf('whole', { east: 2, north: 5 });
    const orderId = newOrder();
    await inventory.hold.execute({ orderId, lines: [{ sku: 'whole', quantity: 4 }] });
    expect(await takenFrom(orderId)).toEqual([{ sku: 'whole', warehouse: 'north', quantity: 4 }]);
  });

  it('spreads the buyers of one SKU over the warehouses that have enough', async () => {
    await stockOf('spread', { north: 100, south: 90 });
    const lines = [{ sku: 'spread', quantity: 1 }];
    await Promise.all(Array.from({ length: 40 }, () => inventory.hold.execute({ orderId: newOrder(), lines })));
    const { items } = await inventory.list.execute({ skus: ['spread'], cursor: '', limit: 10 });
    expect(Math.min(...items.map(({ held }) => held))).toBeGreaterThanOrEqual(5);
  });

  it('splits a line over warehouses only when no single one has enough', async () => {
    await stockOf('split', { east: 3, north: 5, south: 1 });
    const orderId = newOrder();
    await inventory.hold.execute({ orderId, lines: [{ sku: 'split', quantity: 7 }] });
    expect(await takenFrom(orderId)).toEqual([
      { sku: 'split', warehouse: 'east', quantity: 2 },
      { sku: 'split', warehouse: 'north', quantity: 5 },
    ]);
  });

  it('costs one statement, whatever the number of lines', async () => {
    const skus = Array.from({ length: 50 }, (_, place) => `line-${place}`);
    for (const sku of skus) await stockOf(sku, { north: 5, south: 5 });
    const before = inventory.statements.count;

    await inventory.hold.execute({ orderId: newOrder(), lines: skus.map((sku) => ({ sku, quantity: 1 })) });

    expect(inventory.statements.count - before).toBe(1);
  });

  it('gives a hold that has run out, but was not swept yet, its time again', async () => {
    await stockOf('due', { north: 1 });
    const request = { orderId: newOrder(), lines: [{ sku: 'due', quantity: 1 }] };
    await inventory.hold.execute(request);
    await letHoldsRunOut(inventory.db, request.orderId);

    const renewed = await inventory.hold.execute(request);

    expect(Number(renewed.expiresAt)).toBeGreaterThan(Date.now() + 14 * 60_000);
    expect(await inventory.expire.execute()).toEqual([]);
    expect(await unitsOf(inventory.db, 'due')).toBe('0 1 0 0 0');
  });

  it('refuses an order that was released before', async () => {
    const request = { orderId: newOrder(), lines: [{ sku: 'MUG-ENAMEL', quantity: 1 }] };
    await inventory.release.execute(request.orderId);
    await expect(inventory.hold.execute(request)).rejects.toMatchObject({ code: 'RELEASED' });
  });

  it('writes nothing once the deadline of its caller has passed', async () => {
    const request = { orderId: newOrder(), lines: [{ sku: 'MUG-ENAMEL', quantity: 1 }] };
    const hold = withCallContext({ deadline: Date.now() - 1 }, () => inventory.hold.execute(request));
    await expect(hold).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(await takenFrom(request.orderId)).toEqual([]);
  });
});
