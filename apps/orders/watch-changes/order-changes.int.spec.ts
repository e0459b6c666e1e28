import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NEWS_QUEUE } from '#libs/contracts/topology.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { follow } from '../testing/follow.js';
import { CALL, ordersFixture, wish, type OrdersFixture, type Replica } from '../testing/orders-fixture.js';
import { stepRequest } from '../testing/progress-requests.js';

interface Queue {
  readonly name: string;
  readonly exclusive: boolean;
  readonly auto_delete: boolean;
  readonly arguments: Record<string, unknown>;
}

let broker: TestBroker;
let fixture: OrdersFixture;
let one: Replica;
let other: Replica;
beforeAll(async () => {
  broker = await testBroker();
  // So seldom that nothing in here can be learnt from looking.
  const settings = { WAYBILL_AMQP_URL: broker.url, WAYBILL_CHANGES_POLL: '10m', WAYBILL_READ_WAIT_MS: '15000' };
  fixture = await ordersFixture({ replicas: 2, settings });
  [one, other] = fixture.replicas as [Replica, Replica];
  await eventually(async () => (await newsQueues()).length === 2);
});
afterAll(async () => {
  await fixture.close();
  await broker.drop();
});

interface Binding {
  readonly source: string;
  readonly destination: string;
}

/** Those that get what is told. Without statistics, which the broker brings up to date every five seconds only. */
async function newsQueues(): Promise<Queue[]> {
  const queues = (await broker.manage('GET', '/queues/%VHOST%?disable_stats=true')) as Queue[];
  const bindings = (await broker.manage('GET', '/bindings/%VHOST%')) as Binding[];
  const bound = new Set(bindings.filter(({ source }) => source !== '').map(({ destination }) => destination));
  return queues.filter(({ name }) => name.startsWith('news.orders.') && bound.has(name));
}

async function placed(): Promise<string> {
  const { order } = await one.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  return order?.id ?? '';
}

describe('a change that another process has written', () => {
  it('is heard of through the broker', async () => {
    const id = await placed();
    const reader = await follow(fixture, other, { id, afterVersion: 0 });
    await reader.reached(1);
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL);
    await reader.reached(2);
    reader.call.cancel();
  });

  it('is what a read of its version waits for', async () => {
    const id = await placed();
    const waiting = other.orders.getOrder({ id, minVersion: 2 }, { ...CALL, metadata: await fixture.as('anna') });
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL);
    expect((await waiting).order?.version).toBe(2);
  });
});

describe('the queue of a process', () => {
  it('is its own, bounded, and gone with it', async () => {
    const queues = await newsQueues();
    expect(queues).toHaveLength(2);
    for (const { exclusive, auto_delete, arguments: given } of queues)
      expect({ exclusive, auto_delete, given }).toEqual({
        exclusive: true,
        auto_delete: true,
        given: NEWS_QUEUE.arguments,
      });
    const third = await ordersFixture({ settings: { WAYBILL_AMQP_URL: broker.url } });
    await eventually(async () => (await newsQueues()).length === 3);
    await third.close();
    await eventually(async () => (await newsQueues()).length === 2);
  });
});
