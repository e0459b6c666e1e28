import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CreateOrderResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import { Latch } from '#libs/messaging/latch.js';
import { eventually } from '#libs/testing/eventually.js';
import { claimsOf, letLeasesRunOut, logOf, ordersOf, violations } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { Claims, type Lease } from './claims.js';
import { fingerprintOf } from './fingerprint.js';

let fixture: OrdersFixture;
beforeAll(async () => {
  const settings = {
    WAYBILL_POLICIES: '{"orders.inventory.hold":{"timeoutMs":20000},"orders.catalog.priceLines":{"timeoutMs":20000}}',
    WAYBILL_CLAIM_LEASE: '60s',
  };
  fixture = await ordersFixture({ replicas: 2, settings });
});
afterEach(async () => {
  fixture.peers.holding.reset();
  expect(await violations(fixture.db)).toEqual([]);
});
afterAll(() => fixture.close());

const place = async (subject: string, key: string, { replica = 0, deadlineMs = 20_000, changes = {} } = {}) => {
  const metadata = await fixture.as(subject, { key });
  const { orders } = fixture.replicas[replica] ?? fixture.first;
  return orders.createOrder(wish(changes), { deadlineMs, metadata });
};

/** A process claims the key, and dies. */
async function claimAndDie(caller: string, key: string): Promise<Lease> {
  const { shippingAddress, ...rest } = wish();
  const address = shippingAddress ?? { name: '', line1: '', city: '', postalCode: '', country: '' };
  const fingerprint = fingerprintOf({
    ...rest,
    customerId: caller,
    shippingMethod: 'standard',
    shippingAddress: address,
  });
  const claim = await fixture.first.app.get(Claims, { strict: false }).take({ caller, key }, fingerprint);
  if (claim.kind !== 'ours') throw new Error('the key was claimed before');
  return claim.lease;
}

/** Lets a call wait inside `hold` until it is released. */
function blockHold() {
  const reached = new Latch();
  const released = new Latch();
  let failure: Error | undefined;
  fixture.peers.holding.next(async () => {
    reached.open();
    await released.opened;
    if (failure) throw failure;
  });
  const release = (failWith?: Error): void => {
    failure = failWith;
    released.open();
  };
  return { reached: reached.opened, release };
}

describe('a certain refusal', () => {
  it('by inventory leaves nothing behind, and the key can be used again', async () => {
    fixture.peers.available.set('MUG', 1);
    const key = newId<string>();
    await expect(place('anna', key)).rejects.toMatchObject({ code: 'OUT_OF_STOCK', details: { sku: 'MUG' } });
    expect(await claimsOf(fixture.db, 'anna')).toEqual([]);
    expect(await ordersOf(fixture.db, 'anna')).toEqual([]);
    fixture.peers.available.set('MUG', 1_000_000);
    await expect(place('anna', key)).resolves.toMatchObject({ replayed: false });
  });

  it('by the catalogue names the SKU, and never reaches inventory', async () => {
    const calls = fixture.peers.holding.calls;
    const items = ['MUG', 'NOPE', 'NADA'].map((sku) => ({ sku, quantity: 1 }));
    const placing = place('bert', newId(), { changes: { items } });
    await expect(placing).rejects.toMatchObject({
      code: 'UNKNOWN_SKU',
      message: expect.stringContaining('NOPE'),
      details: { sku: 'NOPE, NADA' },
    });
    expect(fixture.peers.holding.calls).toBe(calls);
    expect(await claimsOf(fixture.db, 'bert')).toEqual([]);
  });
});

describe('an uncertain end', () => {
  it('whose hold may stand keeps the order id, and the next try takes the same hold', async () => {
    const key = newId<string>();
    const { peers } = fixture;
    const before = peers.available.get('MUG') ?? 0;
    // Holds, but the answer gets lost.
    peers.holding.next(async () => {
      const [claim] = await claimsOf(fixture.db, 'cleo');
      peers.holds.set(claim?.order_id ?? '', wish().items);
      peers.available.set('MUG', before - 2);
      throw new WaybillError('DEADLINE_EXCEEDED', 'too late');
    });
    await expect(place('cleo', key)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const [claim] = await claimsOf(fixture.db, 'cleo');
    expect(claim?.answer).toBeNull();

    const { order, replayed } = await place('cleo', key);
    expect(replayed).toBe(false);
    expect(order?.id).toBe(claim?.order_id);
    expect(peers.available.get('MUG')).toBe(before - 2);
  });

  it('with inventory down records nothing; later the same key succeeds', async () => {
    const key = newId<string>();
    fixture.peers.holding.always(() => Promise.reject(new WaybillError('UNAVAILABLE', 'down')));
    await expect(place('dora', key)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await ordersOf(fixture.db, 'dora')).toEqual([]);
    fixture.peers.holding.reset();
    await expect(place('dora', key)).resolves.toMatchObject({ replayed: false });
    expect(await ordersOf(fixture.db, 'dora')).toHaveLength(1);
  });

  it('at the deadline writes nothing, and the key is free at once', async () => {
    const key = newId<string>();
    const hold = blockHold();
    const placing = place('emil', key, { deadlineMs: 1_500 });
    await expect(placing).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    hold.release();
    fixture.peers.holding.reset();
    expect(await ordersOf(fixture.db, 'emil')).toEqual([]);
    await expect(eventually(() => place('emil', key))).resolves.toMatchObject({ replayed: false });
    expect(await ordersOf(fixture.db, 'emil')).toHaveLength(1);
  });

  it('of a bug in a peer keeps the claim too', async () => {
    const key = newId<string>();
    fixture.peers.holding.next(() => Promise.reject(new Error('boom')));
    await expect(place('fred', key)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await claimsOf(fixture.db, 'fred')).toMatchObject([{ answer: null }]);
    await expect(place('fred', key)).resolves.toMatchObject({ replayed: false });
  });
});

describe('a crash', () => {
  it('after the claim: others wait for the lease, then take it over with the order id', async () => {
    const key = newId<string>();
    const dead = await claimAndDie('gina', key);
    await expect(place('gina', key, { replica: 1 })).rejects.toMatchObject({
      code: 'REQUEST_IN_FLIGHT',
      details: { retryAfterSeconds: '1' },
    });
    await letLeasesRunOut(fixture.db, 'gina');
    const { order } = await place('gina', key, { replica: 1 });
    expect(order?.id).toBe(dead.orderId);
  });

  it('after the hold: the next try finds that hold, and takes no more stock', async () => {
    const key = newId<string>();
    const dead = await claimAndDie('hugo', key);
    const { peers } = fixture;
    const before = peers.available.get('MUG') ?? 0;
    peers.holds.set(dead.orderId, wish().items);
    await letLeasesRunOut(fixture.db, 'hugo');
    await expect(place('hugo', key)).resolves.toMatchObject({ order: { id: dead.orderId }, replayed: false });
    expect(peers.available.get('MUG')).toBe(before);
  });

  it('after the record: the answer is there for whoever asks again', async () => {
    const key = newId<string>();
    const { order } = await place('ida', key);
    await letLeasesRunOut(fixture.db, 'ida');
    const claims = await claimsOf(fixture.db, 'ida');
    const calls = fixture.peers.holding.calls;
    await expect(place('ida', key, { replica: 1 })).resolves.toEqual({ order, replayed: true });
    expect(fixture.peers.holding.calls).toBe(calls);
    expect(await claimsOf(fixture.db, 'ida')).toEqual(claims);
  });

  it('whose commit went through, though its reply was lost, does not take the answer away', async () => {
    const key = newId<string>();
    const { order } = await place('omar', key);
    const [claim] = await claimsOf(fixture.db, 'omar');
    const lease = { caller: 'omar', key, token: claim?.lease_token ?? '', orderId: claim?.order_id as OrderId };
    const claims = fixture.first.app.get(Claims, { strict: false });
    await claims.giveUp(lease, new WaybillError('UNAVAILABLE', 'connection lost'));
    await claims.giveUp(lease, new WaybillError('OUT_OF_STOCK', 'none left'));
    expect(await claimsOf(fixture.db, 'omar')).toEqual([claim]);
    await expect(place('omar', key)).resolves.toEqual({ order, replayed: true });
  });

  it('does not open the key to another request', async () => {
    const key = newId<string>();
    await claimAndDie('jan', key);
    await letLeasesRunOut(fixture.db, 'jan');
    const other = place('jan', key, { changes: { paymentMethod: 'pm_declined' } });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});

describe('a lease that is lost on the way', () => {
  /** The first call stands still in `hold` until its lease has been taken over. */
  async function overtake(caller: string) {
    const key = newId<string>();
    const hold = blockHold();
    const slow = place(caller, key).then(
      (answer) => answer,
      (error: unknown) => error,
    );
    await hold.reached;
    await letLeasesRunOut(fixture.db, caller);
    return { key, hold, slow };
  }

  it('records nothing a second time: both calls are answered with the one order', async () => {
    const { key, hold, slow } = await overtake('kim');
    const fast = await place('kim', key, { replica: 1 });
    hold.release();
    expect(fast.replayed).toBe(false);
    expect(await slow).toEqual({ order: fast.order, replayed: true });
    expect(await logOf(fixture.db, fast.order?.id ?? '')).toHaveLength(1);
  });

  it('records nothing while the new holder is still at work', async () => {
    const { key, hold, slow } = await overtake('lea');
    const second = blockHold();
    const fast = place('lea', key, { replica: 1 });
    await second.reached;
    hold.release();
    expect(await slow).toMatchObject({ code: 'REQUEST_IN_FLIGHT' });
    expect(await ordersOf(fixture.db, 'lea')).toEqual([]);
    second.release();
    await expect(fast).resolves.toMatchObject({ replayed: false });
  });

  it('a late refusal does not delete the claim of the new holder', async () => {
    const { key, hold, slow } = await overtake('mona');
    const second = blockHold();
    const fast = place('mona', key, { replica: 1 });
    await second.reached;
    hold.release(new WaybillError('OUT_OF_STOCK', 'none left'));
    expect(await slow).toMatchObject({ code: 'OUT_OF_STOCK' });
    expect(await claimsOf(fixture.db, 'mona')).toHaveLength(1);
    second.release();
    await expect(fast).resolves.toMatchObject({ replayed: false });
  });

  it('a late failure neither ends the lease of the new holder nor touches an answer', async () => {
    const { key, hold, slow } = await overtake('nils');
    const fast = await place('nils', key, { replica: 1 });
    const [before] = await claimsOf(fixture.db, 'nils');
    hold.release(new WaybillError('OUT_OF_STOCK', 'none left'));
    expect(await slow).toMatchObject({ code: 'OUT_OF_STOCK' });
    expect(await claimsOf(fixture.db, 'nils')).toEqual([before]);
    await expect(place('nils', key)).resolves.toEqual({ order: fast.order, replayed: true });
  });
});

describe('fifty calls at once, with one key, to two processes', () => {
  it('make one order; everybody is told of it, or to ask again', async () => {
    const key = newId<string>();
    const calls = fixture.peers.holding.calls;
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => place('otto', key, { replica: index % 2 })),
    );
    const told = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    expect(refused.filter((error) => !isWaybillError(error, 'REQUEST_IN_FLIGHT'))).toEqual([]);
    expect(told.filter(({ replayed }: CreateOrderResponse) => !replayed)).toHaveLength(1);
    expect(new Set(told.map(({ order }) => order?.id)).size).toBe(1);
    expect(await ordersOf(fixture.db, 'otto')).toHaveLength(1);
    expect(fixture.peers.holding.calls).toBe(calls + 1);
  });
});

describe('a caller that goes away', () => {
  it('while prices are asked for has no stock held for it, and its claim is given up at once', async () => {
    const asked = new Latch();
    const answered = new Latch();
    fixture.peers.pricing.next(async () => {
      asked.open();
      await answered.opened;
    });
    const held = fixture.peers.holding.calls;
    const gone = new AbortController();
    const metadata = await fixture.as('quentin');
    // Nobody has bought this before: no price stands in.
    const unseen = wish({ items: [{ sku: 'SOLD-OUT', quantity: 1 }] });
    const placing = fixture.first.orders.createOrder(unseen, { ...CALL, metadata, signal: gone.signal });
    await asked.opened;
    gone.abort();
    await expect(placing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await eventually(async () => {
      const [claim] = await claimsOf(fixture.db, 'quentin');
      expect(Number(claim?.lease_until)).toBeLessThanOrEqual(Date.now());
    });
    answered.open();
    expect(fixture.peers.holding.calls).toBe(held);
    expect(await ordersOf(fixture.db, 'quentin')).toEqual([]);
  });

  it('gets nothing recorded behind its back', async () => {
    const key = newId<string>();
    const hold = blockHold();
    const gone = new AbortController();
    const metadata = await fixture.as('paul', { key });
    const placing = fixture.first.orders.createOrder(wish(), { ...CALL, metadata, signal: gone.signal });
    await hold.reached;
    gone.abort();
    await expect(placing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    hold.release();
    await expect(eventually(() => place('paul', key))).resolves.toMatchObject({ replayed: false });
    expect(await ordersOf(fixture.db, 'paul')).toHaveLength(1);
  });
});
