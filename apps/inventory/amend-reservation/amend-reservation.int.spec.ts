import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { OrderId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import { turnKey } from '../reservation/statements.js';
import { newOrder, toldEvents, unitsOf, violations } from '../testing/inventory-fixture.js';
import { inventoryUnderTest, stocked } from '../testing/inventory-under-test.js';

describe('amending a reservation', () => {
  const inventory = inventoryUnderTest();

  /** Eight of nine are reserved: five in the north, three in the south. */
  async function given() {
    const { sku, request } = await stocked(inventory, { north: 5, south: 4 }, 8);
    await inventory.reserve.execute(request);
    const { orderId } = request;
    const amend = (quantity: number, commandId = 'command-1') =>
      inventory.amend.execute({ orderId, commandId, lines: [{ sku, quantity }] });
    const levels = async () =>
      (await inventory.list.execute({ skus: [sku], cursor: '', limit: 10 })).items.map((level) => level.available);
    return { sku, orderId, request, amend, levels };
  }

  /** Carries out both, the second begun while the first had not ended; the first is done first. */
  async function oneBehindTheOther<First, Second>(
    orderId: OrderId,
    first: () => Promise<First>,
    second: () => Promise<Second>,
  ): Promise<[PromiseSettledResult<First>, PromiseSettledResult<Second>]> {
    const waiting = (count: number) =>
      eventually(async () => {
        const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_locks
          where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())`.execute(inventory.db);
        expect(rows[0]?.count).toBe(count);
      });
    const begun = await inventory.db.transaction().execute(async (turn) => {
      await sql`select pg_advisory_xact_lock(${turnKey(sql`${orderId}`)})`.execute(turn);
      const one = first();
      await waiting(1);
      const other = second();
      await waiting(2);
      return { ends: Promise.allSettled([one, other]) };
    });
    return begun.ends;
  }

  it('takes more where there is some, and tells the whole reservation anew', async () => {
    const { sku, orderId, amend, levels } = await given();
    expect(await amend(9)).toEqual({ orderId, state: 'reserved', expiresAt: null });
    expect(await levels()).toEqual([0, 0]);
    expect(await unitsOf(inventory.db, sku)).toBe('0 0 9 0 0');
    const lines = [
      { sku, warehouse: 'north', quantity: 5 },
      { sku, warehouse: 'south', quantity: 4 },
    ];
    expect(await toldEvents(inventory.db, orderId)).toMatchObject([
      { type: 'StockReserved', sequence: 1 },
      { type: 'StockReserved', sequence: 2, data: { orderId, lines: expect.arrayContaining(lines) } },
    ]);
    expect(await violations(inventory.db)).toEqual([]);
  });

  it('gives less back from where the order has least', async () => {
    const { sku, amend, levels } = await given();
    await amend(4);
    expect(await levels()).toEqual([1, 4]);
    expect(await unitsOf(inventory.db, sku)).toBe('5 0 4 0 0');
    expect(await violations(inventory.db)).toEqual([]);
  });

  it('is all or nothing: more of one, less of another', async () => {
    const { sku, orderId } = await given();
    const other = await given();
    const lines = [
      { sku, quantity: 8 },
      { sku: other.sku, quantity: 1 },
    ];
    const both = newOrder();
    await inventory.release.execute(orderId);
    await inventory.reserve.execute({ orderId: both, lines });
    const amend = (first: number, second: number, commandId: string) =>
      inventory.amend.execute({
        orderId: both,
        commandId,
        lines: [
          { sku, quantity: first },
          { sku: other.sku, quantity: second },
        ],
      });
    await expect(amend(2, 3, 'too-much')).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
    expect(await unitsOf(inventory.db, sku)).toBe('1 0 8 0 0');
    await other.amend(1);
    await amend(2, 3, 'enough');
    expect([await unitsOf(inventory.db, sku), await unitsOf(inventory.db, other.sku)]).toEqual([
      '7 0 2 0 0',
      '5 0 4 0 0',
    ]);
    expect(await violations(inventory.db)).toEqual([]);
  });

  it('has one answer for each command, however often it comes, and whatever came between', async () => {
    const { sku, orderId, amend } = await given();
    const answers = await Promise.all(Array.from({ length: 10 }, () => amend(9, 'first')));
    expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['reserved']));
    await amend(2, 'second');
    await amend(9, 'first');
    expect(await unitsOf(inventory.db, sku)).toBe('7 0 2 0 0');
    expect(await toldEvents(inventory.db, orderId)).toHaveLength(3);
    expect(await violations(inventory.db)).toEqual([]);
  });

  it('keeps to a refusal: an attempt that comes when there is stock again changes nothing', async () => {
    const { sku, amend } = await given();
    await expect(amend(10)).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
    await inventory.set.execute({ sku, warehouse: 'north', available: 100 });
    await expect(amend(10)).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
    expect(await unitsOf(inventory.db, sku)).toBe('101 0 8 0 0');
    expect(await amend(10, 'another')).toMatchObject({ state: 'reserved' });
  });

  it('given nothing is reserved, or was released, changes nothing', async () => {
    const { sku, orderId, amend } = await given();
    const lines = [{ sku, quantity: 1 }];
    const unknown = { orderId: newOrder(), commandId: 'command-1', lines };
    await expect(inventory.amend.execute(unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await inventory.release.execute(orderId);
    await expect(amend(2)).rejects.toMatchObject({ code: 'RELEASED' });
    expect(await unitsOf(inventory.db, sku)).toBe('9 0 0 0 0');
  });

  it('given other SKUs, refuses', async () => {
    const { orderId, sku } = await given();
    const lines = [
      { sku, quantity: 1 },
      { sku: `${sku}-2`, quantity: 1 },
    ];
    const amendment = { orderId, commandId: 'command-1', lines };
    await expect(inventory.amend.execute(amendment)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('leaves a late reserve as it is, and what it holds is what is given back, or shipped', async () => {
    const released = await given();
    await released.amend(2);
    expect(await inventory.reserve.execute(released.request)).toMatchObject({ state: 'reserved' });
    await inventory.release.execute(released.orderId);
    expect(await unitsOf(inventory.db, released.sku)).toBe('9 0 0 0 0');
    const shipped = await given();
    await shipped.amend(9);
    await inventory.ship.execute(shipped.orderId);
    expect(await unitsOf(inventory.db, shipped.sku)).toBe('0 0 0 9 0');
    expect(await violations(inventory.db)).toEqual([]);
  });

  it.each(['release', 'ship'] as const)(
    'given a %s that was begun before it had ended, that moves what it holds then',
    async (move) => {
      for (const quantity of [2, 9]) {
        const { sku, orderId, amend } = await given();
        await oneBehindTheOther(
          orderId,
          () => amend(quantity),
          () => inventory[move].execute(orderId),
        );
        expect(await unitsOf(inventory.db, sku)).toBe(
          move === 'release' ? '9 0 0 0 0' : `${9 - quantity} 0 0 ${quantity} 0`,
        );
        expect(await violations(inventory.db)).toEqual([]);
      }
    },
  );

  it('given the undo overtakes it, finds the tombstone', async () => {
    const { sku, orderId, amend } = await given();
    const [, late] = await oneBehindTheOther(
      orderId,
      () => inventory.release.execute(orderId),
      () => amend(9),
    );
    expect(late).toMatchObject({ status: 'rejected', reason: { code: 'RELEASED' } });
    expect(await unitsOf(inventory.db, sku)).toBe('9 0 0 0 0');
  });

  it('given two attempts of one command at once, one refused for want of stock, both are', async () => {
    const { sku, orderId, amend } = await given();
    const ends = await oneBehindTheOther(
      orderId,
      () => amend(10),
      () => amend(10),
    );
    expect(ends).toMatchObject([{ reason: { code: 'OUT_OF_STOCK' } }, { reason: { code: 'OUT_OF_STOCK' } }]);
    expect(await unitsOf(inventory.db, sku)).toBe('1 0 8 0 0');
  });
});
