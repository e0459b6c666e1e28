import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { currentTraceparent } from '#libs/telemetry/tracing/current-trace.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { logContext } from '#libs/telemetry/logger.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { AmqpServer } from './amqp-server.js';
import { readDeadLetter, type DeadLetter } from './dead-letter.js';
import { serialiseEnvelope, type Envelope } from './envelope.js';
import { Busy, DependencyUnavailable, Poison } from './failures.js';
import { Latch } from './latch.js';
import { OnMessage, type MessageContext } from './on-message.js';
import { orderEvent, stockEvent } from './testing/fixtures.js';
import { BrokerProxy } from './testing/broker-proxy.js';
import { QueueProbe } from './testing/queue-probe.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

type Behaviour = (envelope: Envelope, context: MessageContext) => Promise<void>;
let behave: Behaviour;
let seen: {
  envelope: Envelope;
  context: MessageContext;
  traceparent: string | undefined;
  orderId: string | undefined;
}[];

async function handle(envelope: Envelope, context: MessageContext): Promise<void> {
  seen.push({ envelope, context, traceparent: currentTraceparent(), orderId: logContext().orderId });
  await behave(envelope, context);
}

@Controller()
class TestConsumer {
  @OnMessage('order-facts', 'OrderRejecting')
  rejecting(envelope: Envelope<'OrderRejecting'>, context: MessageContext): Promise<void> {
    return handle(envelope, context);
  }

  @OnMessage('catalog-availability', 'StockLevelChanged')
  level(envelope: Envelope<'StockLevelChanged'>, context: MessageContext): Promise<void> {
    return handle(envelope, context);
  }
}

@Module({ controllers: [TestConsumer] })
class TestModule {}

@Controller()
class HalfConsumer {
  @OnMessage('notifications-events', 'OrderConfirmed')
  async confirmed(): Promise<void> {}
}

@Module({ controllers: [HalfConsumer] })
class HalfModule {}

let broker: TestBroker;
let probe: QueueProbe;
let app: INestMicroservice | undefined;

beforeAll(async () => {
  broker = await testBroker();
  probe = await QueueProbe.open(broker.url);
});
afterAll(async () => {
  await probe.close();
  await broker.drop();
});
beforeEach(() => {
  seen = [];
  behave = async () => undefined;
});
afterEach(async () => {
  await app?.close();
  for (const queue of ['order-facts', 'order-facts-dlq', 'catalog-availability', 'catalog-availability-dlq'])
    while (await probe.take(queue));
});

async function startConsumer(url = broker.url, graceMs = 5_000): Promise<INestMicroservice> {
  app = await NestFactory.createMicroservice(TestModule, {
    strategy: new AmqpServer({ url, name: 'test', graceMs }),
    logger: false,
  });
  await app.listen();
  return app;
}

const put = (envelope: Envelope, headers = {}): Promise<void> =>
  probe.put('order-facts', serialiseEnvelope(envelope), headers);
const handled = (): string[] => seen.map(({ envelope }) => envelope.id);
const empty = (queue: string): Promise<unknown> => eventually(async () => (await probe.depth(queue)) === 0);

async function deadLetter(
  queue = 'order-facts',
): Promise<DeadLetter & { body: string; headers: Record<string, unknown> }> {
  const message = await eventually(
    async () => (await probe.take(`${queue}-dlq`)) ?? Promise.reject(new Error('no dead letter yet')),
    { withinMs: 20_000 },
  );
  return { ...readDeadLetter(message), body: message.content.toString(), headers: message.properties.headers ?? {} };
}

describe('a message', () => {
  it('given a handler, when a message comes, then it gets the envelope with its order and trace, and the message is gone', async () => {
    const envelope = orderEvent();
    await put(envelope, { traceparent: TRACEPARENT });
    await startConsumer();

    await eventually(() => seen.length === 1);
    expect(seen[0]).toMatchObject({
      envelope,
      traceparent: TRACEPARENT,
      orderId: envelope.correlationId,
      context: { queue: 'order-facts', attempt: 1 },
    });
    await app?.close();
    expect(await probe.depth('order-facts')).toBe(0);
  });

  it('given messages of one subject, when the first takes longer, then the second has not begun; another subject goes ahead', async () => {
    const [one, two, other] = [orderEvent('o-1', 1), orderEvent('o-1', 2), orderEvent('o-2', 1)];
    const slow = new Latch();
    behave = async (envelope) => (envelope.id === one.id ? slow.opened : undefined);
    for (const envelope of [one, two, other]) await put(envelope);
    await startConsumer();

    await eventually(() => seen.length === 2);
    expect(handled()).toEqual([one.id, other.id]);
    slow.open();
    await eventually(() => seen.length === 3);
    expect(handled()).toEqual([one.id, other.id, two.id]);
  });

  it('given a queue of events, when more come than its prefetch, then no more than that are at work at once', async () => {
    let atWork = 0;
    let most = 0;
    behave = async () => {
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setTimeout(resolve, 5));
      atWork--;
    };
    for (let n = 0; n < 60; n++) await put(orderEvent());
    await startConsumer();

    await eventually(() => seen.length === 60);
    expect(most).toBe(10);
  });
});

describe('a handler that throws', () => {
  it('given that it throws every time, then it is tried three times, and the dead letter says why, where, who, how often and when', async () => {
    behave = () => Promise.reject(new Error('the order has no customer'));
    const envelope = orderEvent();
    await put(envelope, { traceparent: TRACEPARENT });
    const began = Date.now();
    await startConsumer();

    const letter = await deadLetter();
    expect(letter).toMatchObject({
      reason: 'attempts-exhausted',
      queue: 'order-facts',
      handler: 'TestConsumer.rejecting',
      attempts: 3,
      error: 'the order has no customer',
      body: serialiseEnvelope(envelope),
    });
    expect(letter.headers['traceparent']).toBe(TRACEPARENT);
    // What cannot be moved on yet comes back, and is no attempt more.
    expect([...new Set(seen.map(({ context }) => context.attempt))]).toEqual([1, 2, 3]);
    expect(Date.parse(letter.lastAt) - Date.parse(letter.firstAt)).toBeGreaterThanOrEqual(11_000);
    expect(Date.parse(letter.firstAt)).toBeGreaterThanOrEqual(began);
  });

  it('given that it throws once, then the second attempt is the last', async () => {
    behave = async (_envelope, { attempt }) => {
      if (attempt === 1) throw new Error('once');
    };
    await put(orderEvent());
    await startConsumer();

    await eventually(() => seen.length === 2);
    await empty('order-facts');
    expect(await probe.depth('order-facts-dlq')).toBe(0);
  });
});

describe('a message that somebody else is at', () => {
  it('given that it is so twice, then it comes back each time, and no attempt was counted', async () => {
    const envelope = orderEvent();
    const comings = () => seen.filter(({ envelope: { id } }) => id === envelope.id);
    behave = async ({ id }) => {
      if (id === envelope.id && comings().length <= 2) throw new Busy('being sent');
    };
    await put(envelope, { traceparent: TRACEPARENT });
    await startConsumer();

    await eventually(() => comings().length === 3, { withinMs: 20_000 });
    expect(comings().map(({ context }) => context.attempt)).toEqual([1, 1, 1]);
    expect(comings().map(({ traceparent }) => traceparent)).toEqual(Array(3).fill(TRACEPARENT));
    await app?.close();
    expect(await probe.depth('order-facts')).toBe(0);
    expect(await probe.depth('order-facts-dlq')).toBe(0);
  });
});

describe('a message that is to be tried again', () => {
  it('given a retry queue that does not take it, then it stays where it was until one does', async () => {
    behave = async (_envelope, { attempt }) => {
      if (attempt === 1) throw new Error('once');
    };
    const [first, next] = [orderEvent(), orderEvent()];
    const attempts = () => seen.filter(({ envelope }) => envelope.id === next.id).map(({ context }) => context.attempt);
    await put(first);
    await startConsumer();
    // All is declared, and goes its way.
    await eventually(() => seen.filter(({ envelope }) => envelope.id === first.id).length === 2);
    await broker.manage('DELETE', '/queues/%VHOST%/order-facts.retry.1s');
    await put(next);

    // How often it comes back first is the broker's affair: what is missing is declared again as soon as it is missed.
    await eventually(() => attempts().includes(2));
    expect(attempts()[0]).toBe(1);
    await empty('order-facts');
  });
});

describe('poison', () => {
  it('given a message that is refused for good, then it is a dead letter at once, and what is behind it is handled', async () => {
    const [poison, next] = [orderEvent('o-1', 1), orderEvent('o-1', 2)];
    behave = async (envelope) => {
      if (envelope.id === poison.id) throw new Poison('refused', 'an amount below zero');
    };
    await put(poison);
    await put(next);
    await startConsumer();

    expect(await deadLetter()).toMatchObject({
      reason: 'refused',
      attempts: 1,
      handler: 'TestConsumer.rejecting',
      error: 'an amount below zero',
    });
    await eventually(() => handled().includes(next.id));
  });

  it.each([
    ['no JSON', 'not json', 'malformed'],
    ['no envelope', '{"id":1}', 'malformed'],
    ['an empty body', '', 'malformed'],
    ['a type that nobody handles here', serialiseEnvelope(stockEvent('mug@north', 1)), 'unknown-type'],
    [
      'a type that nobody knows',
      serialiseEnvelope({ ...orderEvent(), type: 'OrderGiftWrapped' } as never),
      'unknown-type',
    ],
  ])('given %s, then it is a dead letter at once, as it came, and no handler saw it', async (_what, body, reason) => {
    await probe.put('order-facts', body);
    const next = orderEvent();
    await put(next);
    await startConsumer();

    expect(await deadLetter()).toMatchObject({ reason, body, handler: null, attempts: 1 });
    await eventually(() => handled().includes(next.id));
    // What an earlier test left to be retried may come meanwhile.
    expect(handled().filter((id) => id === next.id)).toHaveLength(1);
  });
});

describe('a dependency that is away', () => {
  it.each([
    ['says so', new DependencyUnavailable('no mail server')],
    ['is unavailable', new WaybillError('UNAVAILABLE', 'inventory does not answer')],
    ['is overloaded', new WaybillError('OVERLOADED', 'too much work')],
    ['refuses connections', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
  ])(
    'given that it %s, then no attempt is counted, and every message is handled once it is back',
    async (_what, error) => {
      let away = true;
      behave = async () => {
        if (away) throw error;
      };
      const envelopes = Array.from({ length: 25 }, () => orderEvent());
      for (const envelope of envelopes) await put(envelope);
      await startConsumer();

      await eventually(() => seen.length > 0);
      await eventually(async () => (await probe.depth('order-facts')) === 25); // all given back, nobody subscribed
      const before = seen.length;
      await eventually(() => seen.length > before);
      expect(seen.length - before).toBe(1); // one message probes
      away = false;

      await eventually(() => envelopes.every(({ id }) => handled().includes(id)));
      expect(new Set(seen.map(({ context }) => context.attempt))).toEqual(new Set([1]));
      await empty('order-facts');
      expect(await probe.depth('order-facts-dlq')).toBe(0);
    },
  );

  it('given a queue that waits, then another queue of the same process goes on', async () => {
    behave = async ({ type }) => {
      if (type === 'OrderRejecting') throw new DependencyUnavailable('away');
    };
    await put(orderEvent());
    await startConsumer();
    await eventually(() => seen.length === 1);
    const level = stockEvent('mug@north', 1);
    await probe.put('catalog-availability', serialiseEnvelope(level));

    await eventually(() => handled().includes(level.id));
  });
});

describe('a stop', () => {
  it('given a handler at work, when the consumer stops, then it finishes and its message is acknowledged; what was not begun stays', async () => {
    const slow = new Latch();
    behave = () => slow.opened;
    const [first, waiting] = [orderEvent('o-1', 1), orderEvent('o-1', 2)];
    await put(first);
    await put(waiting);
    const consumer = await startConsumer();
    await eventually(() => seen.length === 1);
    const closing = consumer.close();
    await eventually(async () => (await consumers('order-facts')) === 0);
    slow.open();
    await closing;
    app = undefined;

    expect(handled()).toEqual([first.id]);
    const left = await probe.take('order-facts');
    expect(left?.content.toString()).toBe(serialiseEnvelope(waiting));
    expect(await probe.depth('order-facts')).toBe(0);
  });

  it('given a handler that does not end, when the consumer stops, then it is told, and its message goes back to the queue', async () => {
    const told = new Latch();
    behave = (_envelope, { signal }) => new Promise(() => signal.addEventListener('abort', () => told.open()));
    await put(orderEvent());
    const consumer = await startConsumer(broker.url, 200);
    await eventually(() => seen.length === 1);
    await consumer.close();
    app = undefined;

    await told.opened;
    await eventually(async () => (await probe.depth('order-facts')) === 1);
  });

  it('given no broker, when the consumer starts and stops, then it does both', async () => {
    const consumer = await startConsumer('amqp://guest:guest@127.0.0.1:1');
    await consumer.close();
    app = undefined;
  });

  const consumers = async (queue: string): Promise<number> => {
    const info = (await broker.manage('GET', `/queues/%VHOST%/${queue}`)) as { consumer_details?: unknown[] };
    return info.consumer_details?.length ?? 0;
  };
});

describe('a broker that goes away', () => {
  it('given a connection that breaks while messages are handled, then each is handled, some perhaps twice, and nothing is left', async () => {
    const proxy = await BrokerProxy.open(broker.url);
    const envelopes = Array.from({ length: 200 }, () => orderEvent());
    for (const envelope of envelopes) await put(envelope);
    behave = () => new Promise((resolve) => setTimeout(resolve, 2));
    await startConsumer(proxy.url);
    for (const cutAt of [20, 60, 120]) {
      await eventually(() => seen.length >= cutAt, { everyMs: 1 });
      proxy.cut();
    }

    await eventually(() => envelopes.every(({ id }) => handled().includes(id)));
    await empty('order-facts');
    await app?.close();
    app = undefined;
    await proxy.close();
  });

  it('given a queue that is deleted under its consumer, then it is declared again and consumed', async () => {
    await startConsumer();
    await put(orderEvent());
    await eventually(() => seen.length === 1);
    await broker.manage('DELETE', '/queues/%VHOST%/order-facts');

    const next = orderEvent();
    await eventually(() => put(next).then(() => handled().includes(next.id)));
  });
});

describe('a mistake in the declarations', () => {
  it('given a queue with a type that no method handles, when the service starts, then it fails and names the type', async () => {
    const half = await NestFactory.createMicroservice(HalfModule, {
      strategy: new AmqpServer({ url: broker.url, name: 'half' }),
      logger: false,
    });

    await expect(half.listen()).rejects.toThrow(/notifications-events gets OrderRejected.*declare one with @OnMessage/);
    await half.close();
  });
});
