import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { LineData } from '#libs/contracts/events.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { letHoldsRunOut, newOrder } from '../testing/inventory-fixture.js';
import { inventoryUnderTest } from '../testing/inventory-under-test.js';
import { sellLastTen, UNITS } from '../testing/last-ten.js';

/** `npm run last-ten` makes two hundred. */
const ROUNDS = 3;
const BUYERS = 500;

describe('many buyers at once', () => {
  const inventory = inventoryUnderTest({ pool: 16 });

  const tryToHold = async (orderId: OrderId, lines: LineData[]): Promise<string> =>
    inventory.hold.execute({ orderId, lines }).then(
      ({ state }) => state,
      (error: unknown) => {
        if (isWaybillError(error)) return error.code;
        throw error;
      },
    );
  const count = (answers: readonly string[], answer: string) => answers.filter((each) => each === answer).length;

  it('sells ten units to exactly ten of five hundred, round after round', async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      expect(await sellLastTen(inventory, BUYERS)).toEqual({ sold: UNITS, refused: BUYERS - UNITS, wrong: [] });
    }
  }, 60_000);

  it('gives each basket all of its lines or none, when only some of them are scarce', async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const [scarce, other] = [`scarce-${round}`, `other-${round}`];
      for (const sku of [scarce, other]) {
        for (const warehouse of ['north', 'south']) await inventory.set.execute({ sku, warehouse, available: 11 });
      }
      const baskets = Array.from({ length: 100 }, (_, buyer) => ({
        orderId: newOrder(),
        lines: [
          { sku: scarce, quantity: 1 + (buyer % 3) },
          { sku: other, quantity: 1 + ((buyer + 1) % 3) },
          { sku: 'MUG-ENAMEL', quantity: 1 },
        ],
      }));
      const answers = await Promise.all(baskets.map(({ orderId, lines }) => tryToHold(orderId, lines)));
      expect(count(answers, 'held') + count(answers, 'OUT_OF_STOCK')).toBe(baskets.length);
      const held = baskets.filter((_, buyer) => answers[buyer] === 'held');
      expect(held.length).toBeGreaterThan(5);
      expect(await linesOf(baskets.map(({ orderId }) => orderId))).toEqual(
        Object.fromEntries(held.map(({ orderId, lines }) => [orderId, quantities(lines)])),
      );
    }
  }, 60_000);

  it('meets no deadlock, however the lines of orders, undos and sweeps overlap', async () => {
    const skus = ['MUG-ENAMEL', 'PEN-FOUNTAIN', 'SCALE-KITCHEN', 'TEAPOT-GLASS', 'KNIFE-CHEF-20', 'GRINDER-HAND'];
    const anOrder = async (seed: number): Promise<void> => {
      const lines = skus
        .toSorted((a, b) => hash(a, seed) - hash(b, seed))
        .slice(0, 4)
        .map((sku) => ({ sku, quantity: 1 }));
      const orderId = newOrder();
      await inventory.hold.execute({ orderId, lines });
      if (seed % 7 === 0) await letHoldsRunOut(inventory.db, orderId);
      await Promise.all([
        seed % 2 === 0 && inventory.reserve.execute({ orderId, lines }).catch(expectReleased),
        seed % 3 === 0 && inventory.release.execute(orderId),
        seed % 5 === 0 && inventory.expire.execute(),
        seed % 11 === 0 && inventory.levels.execute(),
        seed % 13 === 0 && inventory.set.execute({ sku: 'MUG-ENAMEL', warehouse: 'LEIPZIG', available: 5_000 + seed }),
      ]);
    };
    // Postgres would end one of two that wait for each other, and so fail one of these.
    await Promise.all(Array.from({ length: 400 }, (_, seed) => anOrder(seed)));
  }, 60_000);

  it('meets no deadlock when everything happens at once to the same order', async () => {
    const skus = ['MUG-ENAMEL', 'PEN-FOUNTAIN'];
    const lines = skus.map((sku) => ({ sku, quantity: 1 }));
    for (let round = 0; round < 60; round += 1) {
      const orderId = newOrder();
      await Promise.all([
        ...Array.from({ length: 4 }, () => tryToHold(orderId, lines)),
        ...Array.from({ length: 4 }, () => inventory.reserve.execute({ orderId, lines }).catch(expectReleased)),
        ...Array.from({ length: 2 }, () => inventory.release.execute(orderId)),
        letHoldsRunOut(inventory.db, orderId).then(() => inventory.expire.execute()),
      ]);
    }
  }, 60_000);

  const linesOf = async (orderIds: OrderId[]): Promise<Record<string, Record<string, number>>> => {
    const { rows } = await sql<{ order_id: string; lines: Record<string, number> }>`
      select order_id, jsonb_object_agg(sku, quantity) as lines
      from (select order_id, sku, sum(quantity) as quantity from reservation_lines
            where order_id = any(${orderIds}) group by order_id, sku) as summed
      group by order_id`.execute(inventory.db);
    return Object.fromEntries(rows.map(({ order_id, lines }) => [order_id, lines]));
  };
});

const quantities = (lines: readonly LineData[]) =>
  Object.fromEntries(lines.map(({ sku, quantity }) => [sku, quantity]));
const hash = (text: string, seed: number) => (text.length * 31 + text.charCodeAt(0) * seed * 7_919) % 1_009;

function expectReleased(error: unknown): void {
  if (!isWaybillError(error, 'RELEASED')) throw error;
}
