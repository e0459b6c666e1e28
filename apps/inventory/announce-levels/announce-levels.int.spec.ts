import { describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing/eventually.js';
import { newOrder, toldEvents, violations } from '../testing/inventory-fixture.js';
import { inventoryUnderTest } from '../testing/inventory-under-test.js';

describe('announcing stock levels', () => {
  const inventory = inventoryUnderTest({ settings: { WAYBILL_LEVELS_EVERY: '5ms' } });

  const holdOf = (sku: string, quantity: number) =>
    inventory.hold.execute({ orderId: newOrder(), lines: [{ sku, quantity }] });
  const levelsTold = async (subject: string) =>
    (await toldEvents(inventory.db, subject)).map(({ sequence, data }) => ({ sequence, ...data }));

  it('tells every row of a fresh start, also those with nothing', async () => {
    await inventory.levels.execute();
    expect(await toldEvents(inventory.db)).toHaveLength(52);
    expect(await levelsTold('SOLD-OUT@LEIPZIG')).toEqual([
      { sequence: 1, sku: 'SOLD-OUT', warehouse: 'LEIPZIG', available: 0 },
    ]);
    expect(await levelsTold('LAST-TEN@ROTTERDAM')).toMatchObject([{ sequence: 1, available: 10 }]);
  });

  it('tells the level as it is, however often it changed since', async () => {
    await holdOf('LAST-TEN', 1);
    await holdOf('LAST-TEN', 2);
    await inventory.levels.execute();
    expect(await levelsTold('LAST-TEN@ROTTERDAM')).toMatchObject([
      { sequence: 1, available: 10 },
      { sequence: 2, available: 7 },
    ]);
  });

  it('tells nothing when nothing has changed, or what changed has come back', async () => {
    const before = await toldEvents(inventory.db);
    const hold = await holdOf('LAST-TEN', 1);
    await inventory.release.execute(hold.orderId);
    await inventory.levels.execute();
    const after = await toldEvents(inventory.db);
    expect(after.filter(({ type }) => type === 'StockLevelChanged')).toHaveLength(before.length);
  });

  it('keeps the sequence gapless when several processes announce at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([holdOf('MUG-ENAMEL', 1), ...Array.from({ length: 4 }, () => inventory.levels.execute())]);
    }
    expect(await violations(inventory.db)).toEqual([]);
  });

  it('happens soon after a change while the service runs', async () => {
    inventory.levels.onApplicationBootstrap();
    await holdOf('SCALE-KITCHEN', 1);
    await inventory.set.execute({ sku: 'SOLD-OUT', warehouse: 'LEIPZIG', available: 4 });
    await eventually(async () => {
      expect((await levelsTold('SOLD-OUT@LEIPZIG')).at(-1)).toMatchObject({ available: 4 });
      const scales = [...(await levelsTold('SCALE-KITCHEN@ROTTERDAM')), ...(await levelsTold('SCALE-KITCHEN@LEIPZIG'))];
      expect(scales.some((level) => 'available' in level && level.available === 99_999)).toBe(true);
    });
    await inventory.levels.beforeApplicationShutdown();
  });
});
