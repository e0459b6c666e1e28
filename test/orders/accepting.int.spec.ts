import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { isWaybillError } from '#libs/kernel/errors.js';
import { newId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import {
  letHoldsRunOut,
  unitsOf,
  violations as stockViolations,
} from '../../apps/inventory/testing/inventory-fixture.js';
import { Claims } from '../../apps/orders/place-order/claims.js';
import { fingerprintOf } from '../../apps/orders/place-order/fingerprint.js';
import { claimsOf, letLeasesRunOut, ordersOf, violations } from '../../apps/orders/testing/looking-inside.js';
import { CALL, wish } from '../../apps/orders/testing/orders-fixture.js';
import { ordersWorld, type OrdersWorld } from './orders-world.js';

let world: OrdersWorld;
beforeAll(async () => void (world = await ordersWorld()));
afterEach(async () => {
  expect(await violations(world.orders.db)).toEqual([]);
  expect(await stockViolations(world.stock.db)).toEqual([]);
});
afterAll(() => world.stop());

const MUG = 'MUG-ENAMEL';
const place = async (subject: string, { sku = MUG, quantity = 2, key = newId<string>(), replica = 0 } = {}) => {
  const { orders } = world.orders.replicas[replica] ?? world.orders.first;
  return orders.createOrder(wish({ items: [{ sku, quantity }] }), {
    ...CALL,
    metadata: await world.orders.as(subject, { key }),
  });
};
const codeOf = (error: unknown) => (isWaybillError(error) ? error.code : String(error));

const UNDECIDED = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'REQUEST_IN_FLIGHT', 'OVERLOADED'];

/** As clients do: a call that came too late, or is still under way, is repeated with its key. */
function untilDecided(subject: string, wanted: Parameters<typeof place>[1]): Promise<string> {
  return eventually(
    async () => {
      const outcome = await place(subject, wanted).then(() => 'accepted', codeOf);
      return UNDECIDED.includes(outcome) ? Promise.reject(new Error(outcome)) : outcome;
    },
    { withinMs: 20_000, everyMs: 200 },
  );
}

async function reservations(orderId: string) {
  return world.stock.db.selectFrom('reservations').selectAll().where('order_id', '=', orderId).execute();
}

async function unitsHeld(sku: string): Promise<number> {
  const { rows } = await sql<{ held: number }>`select sum(held) as held from stock where sku = ${sku}`.execute(
    world.stock.db,
  );
  return rows[0]?.held ?? 0;
}

/** A process claims the key, and dies before it holds anything. */
async function claimAndDie(caller: string, key: string) {
  const { shippingAddress, ...rest } = wish({ items: [{ sku: MUG, quantity: 2 }] });
  if (shippingAddress === undefined) throw new Error('the sample has an address');
  const fingerprint = fingerprintOf({ ...rest, shippingAddress, customerId: caller, shippingMethod: 'standard' });
  const claim = await world.orders.first.app.get(Claims, { strict: false }).take({ caller, key }, fingerprint);
  if (claim.kind !== 'ours') throw new Error('the key was claimed before');
  return claim.lease;
}

describe('accepting orders, with the real inventory and catalogue', () => {
  it('holds what it records', async () => {
    const before = await unitsHeld(MUG);
    const { order } = await place('anna');
    expect(order?.items).toMatchObject([{ sku: MUG, quantity: 2, name: expect.stringMatching(/mug/i) }]);
    expect(await reservations(order?.id ?? '')).toMatchObject([{ state: 'held' }]);
    expect(await unitsHeld(MUG)).toBe(before + 2);
  });

  it('refuses what is sold out or unknown, and leaves nothing behind', async () => {
    await expect(place('bert', { sku: 'SOLD-OUT' })).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
    await expect(place('bert', { sku: 'NO-SUCH' })).rejects.toMatchObject({
      code: 'UNKNOWN_SKU',
      details: { sku: 'NO-SUCH' },
    });
    expect(await claimsOf(world.orders.db, 'bert')).toEqual([]);
    expect(await unitsOf(world.stock.db, 'SOLD-OUT')).toBe('0 0 0 0 0');
  });

  it('fifty calls at once with one key, to two processes, make one order and one hold', async () => {
    const before = await unitsHeld(MUG);
    const key = newId<string>();
    const calls = Array.from({ length: 50 }, (_, index) => place('cleo', { key, replica: index % 2 }));
    const answers = await Promise.allSettled(calls);
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [codeOf(answer.reason)] : []));
    expect(refused.filter((code) => code !== 'REQUEST_IN_FLIGHT')).toEqual([]);
    const [order, ...more] = await ordersOf(world.orders.db, 'cleo');
    expect(more).toEqual([]);
    expect(await reservations(order?.id ?? '')).toHaveLength(1);
    expect(await unitsHeld(MUG)).toBe(before + 2);
  });

  it('thirty buyers of the last ten: ten orders, twenty refusals, nothing oversold', async () => {
    const calls = Array.from({ length: 30 }, (_, index) =>
      untilDecided(`buyer-${index}`, { sku: 'LAST-TEN', quantity: 1, key: newId<string>(), replica: index % 2 }),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'OUT_OF_STOCK')).toHaveLength(20);
    expect(await unitsOf(world.stock.db, 'LAST-TEN')).toBe('0 10 0 0 0');
  });
});

describe('after a crash', () => {
  it('between claim and hold, the next try holds under the id that was claimed', async () => {
    const key = newId<string>();
    const dead = await claimAndDie('dora', key);
    await letLeasesRunOut(world.orders.db, 'dora');
    const { order } = await place('dora', { key, replica: 1 });
    expect(order?.id).toBe(dead.orderId);
    expect(await reservations(dead.orderId)).toMatchObject([{ state: 'held' }]);
  });

  /** A process claims, holds, and dies. */
  async function holdAndDie(caller: string, key: string) {
    const lease = await claimAndDie(caller, key);
    const { inventory } = world.orders;
    await inventory.hold({ orderId: lease.orderId, lines: [{ sku: MUG, quantity: 2 }] }, CALL);
    await letLeasesRunOut(world.orders.db, caller);
    return lease;
  }

  it('between hold and record, the next try finds its hold and takes no more', async () => {
    const key = newId<string>();
    const dead = await holdAndDie('emil', key);
    const before = await unitsHeld(MUG);
    await expect(place('emil', { key, replica: 1 })).resolves.toMatchObject({ order: { id: dead.orderId } });
    expect(await unitsHeld(MUG)).toBe(before);
  });

  it('that nobody comes back from until the hold has expired, the next try holds anew', async () => {
    const key = newId<string>();
    const dead = await holdAndDie('fred', key);
    const before = await unitsHeld(MUG);
    await letHoldsRunOut(world.stock.db, dead.orderId);
    await expect(place('fred', { key })).resolves.toMatchObject({ order: { id: dead.orderId } });
    expect(await reservations(dead.orderId)).toMatchObject([{ state: 'held' }]);
    expect(await unitsHeld(MUG)).toBe(before);
  });
});
