import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Outcome } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { newId } from '#libs/kernel/ids.js';
import { metrics } from '#libs/telemetry/metrics.js';
import { eventually } from '#libs/testing/eventually.js';
import { follow, type Following } from '../testing/follow.js';
import { CALL, ordersFixture, wish, type OrdersFixture, type Replica } from '../testing/orders-fixture.js';
import { confirm, factRequest, stepRequest } from '../testing/progress-requests.js';

let fixture: OrdersFixture;
let one: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await ordersFixture({ replicas: 2 });
  [one, other] = fixture.replicas as [Replica, Replica];
});
afterAll(() => fixture.close());
afterEach(() => leaveAll());

let leaving = new AbortController();
function leaveAll(): void {
  leaving.abort();
  leaving = new AbortController();
}

async function placed(request = wish()): Promise<string> {
  const { order } = await one.orders.createOrder(request, { ...CALL, metadata: await fixture.as('anna') });
  return order?.id ?? '';
}

/** An order whose every state takes some 15 KB. */
async function placedLarge(): Promise<string> {
  const skus = Array.from({ length: 100 }, (_, n) => `${'S'.repeat(50)}${n}`);
  for (const sku of skus) {
    fixture.peers.prices.set(sku, 100);
    fixture.peers.available.set(sku, 1);
  }
  return placed(wish({ items: skus.map((sku) => ({ sku, quantity: 1 })) }));
}

const watch = (id: string, afterVersion = 0, following: Following = {}, at: Replica = one) =>
  follow(fixture, at, { id, afterVersion }, { signal: leaving.signal, ...following });

async function deliver(id: string): Promise<void> {
  await confirm(one, id);
  await one.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL);
  await one.progress.recordFact(factRequest(id, 'DELIVERED'), CALL);
}

const openStreams = async (): Promise<number> => {
  const { values = [] } = (await metrics.getSingleMetric('waybill_order_streams')?.get()) ?? {};
  return values[0]?.value ?? 0;
};

describe('the updates of an order', () => {
  it('are the order as it is, then as it is after each change, until it has ended', async () => {
    const id = await placed();
    const reader = await watch(id);
    await reader.reached(1);
    await deliver(id);
    expect(await reader.ended).toBeUndefined();
    expect(reader.versions).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(reader.states.map(({ status }) => status.replace('ORDER_STATUS_', ''))).toEqual([
      'PENDING',
      'RESERVED',
      'PAID',
      'PAID',
      'CONFIRMED',
      'SHIPPED',
      'DELIVERED',
    ]);
    const { order } = await one.orders.getOrder({ id, minVersion: 0 }, { ...CALL, metadata: await fixture.as('anna') });
    expect(reader.states.at(-1)).toEqual(order);
  });

  it('reach a reader at another process than the one that wrote them', async () => {
    const id = await placed();
    const reader = await watch(id, 0, {}, other);
    await reader.reached(1);
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL);
    await reader.reached(2);
    expect(reader.states.at(-1)).toMatchObject({ version: 2, status: 'ORDER_STATUS_RESERVED' });
  });

  it('go on after every version that a reader has seen, as they would have come', async () => {
    const id = await placed();
    const witness = await watch(id);
    await witness.reached(1);
    await deliver(id);
    await witness.ended;
    for (const seen of [1, 2, 3, 4, 5, 6, 7]) {
      const reader = await watch(id, seen);
      expect(await reader.ended).toBeUndefined();
      expect(reader.states).toEqual(witness.states.filter(({ version }) => version > seen));
    }
  });

  it('begin with the present for a reader that claims to have seen the future', async () => {
    const id = await placed();
    const reader = await watch(id, 99);
    await reader.reached(1);
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL);
    await reader.reached(2);
    expect(reader.versions).toEqual([1, 2]);
  });

  it('of an order that has ended are its end', async () => {
    const id = await placed();
    await deliver(id);
    const reader = await watch(id);
    expect(await reader.ended).toBeUndefined();
    expect(reader.versions).toEqual([7]);
  });

  it('tell a reader that has seen all that it may wait', async () => {
    const id = await placed();
    const reader = await watch(id, 1);
    await reader.accepted;
    expect(reader.versions).toEqual([]);
  });
});

describe('who may read', () => {
  it('is its customer and an operator; to others the order does not exist', async () => {
    const id = await placed();
    await (await watch(id, 0, { by: 'olga', scopes: ['ops'] })).reached(1);
    for (const stranger of [await watch(id, 0, { by: 'bert' }), await watch(id, 1, { by: 'bert' })]) {
      expect(await stranger.ended).toMatchObject({ code: 'NOT_FOUND' });
      expect(stranger.versions).toEqual([]);
    }
    expect(await (await watch(newId())).ended).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is told what is wrong with the call', async () => {
    const id = await placed();
    expect(await (await watch(id, 0, { scopes: ['orders:write'] })).ended).toMatchObject({ code: 'FORBIDDEN' });
    expect(await (await watch('x')).ended).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await (await watch(id, -1)).ended).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('a reader that does not keep up', () => {
  it('is spared what is old: when it reads again, the newest state is soon there', async () => {
    const id = await placedLarge();
    const slow = await watch(id);
    const quick = await watch(id);
    await slow.reached(1);
    slow.call.pause();
    const CHANGES = 120;
    for (let attempt = 1; attempt <= CHANGES; attempt += 1) {
      const failed = { attempt, outcome: Outcome.FAILED };
      await one.progress.recordStep(stepRequest(id, 'reserve-inventory', failed), CALL);
    }
    await quick.reached(CHANGES + 1);
    slow.call.resume();
    await slow.reached(CHANGES + 1);
    // What was on its way when it stopped reading still came; the rest did not.
    expect(slow.versions.length).toBeLessThan(CHANGES / 2);
    expect(slow.states.at(-1)).toEqual(quick.states.at(-1));
  });
});

describe('a reader that leaves', () => {
  it('leaves nothing behind', async () => {
    await eventually(async () => (await openStreams()) === 0);
    const id = await placed();
    const readers = await Promise.all(Array.from({ length: 200 }, () => watch(id)));
    await Promise.all(readers.map((reader) => reader.reached(1)));
    expect(await openStreams()).toBe(200);
    leaveAll();
    await eventually(async () => (await openStreams()) === 0);
  });
});

describe('a process that stops', () => {
  it('sends its readers elsewhere, and waits for none of them', async () => {
    const stopping = await ordersFixture();
    const { order } = await stopping.first.orders.createOrder(wish(), { ...CALL, metadata: await stopping.as('anna') });
    const reader = await follow(stopping, stopping.first, { id: order?.id ?? '', afterVersion: 0 });
    await reader.reached(1);
    await stopping.close();
    expect(await reader.ended).toMatchObject({ code: 'UNAVAILABLE' });
  });
});
