import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ChannelModel } from 'amqplib';
import {
  BROKER_SERVICES,
  BROKER_USE,
  brokerUserOf,
  mayDeclare,
  type BrokerService,
  type BrokerUse,
} from '#libs/contracts/broker-access.js';
import { definitionOf, EVENT_TYPES } from '#libs/contracts/events.js';
import {
  deadLettersOf,
  EVENTS_EXCHANGE,
  exchangeOf,
  NEWS_QUEUE,
  newsQueueOf,
  QUEUE_NAMES,
  streamOf,
} from '#libs/contracts/topology.js';
import { engineUrl } from '#libs/testing/engine-urls.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { BrokerConnection } from './connection.js';
import { brokerUrl, provisionBroker } from './provision-broker.js';
import { NewsListener } from './news-listener.js';
import { Publisher } from './publisher.js';
import { endOf } from './stream/stream-ends.js';
import { BrokerProxy } from './testing/broker-proxy.js';

const SYSTEM = `waybill-${randomUUID()}`;
const PASSWORD = 'password-of-a-test';
let broker: TestBroker;
const connections = new Map<BrokerService, ChannelModel>();

beforeAll(async () => {
  broker = await testBroker();
  const managementUrl = engineUrl('rabbitmqManagement');
  await provisionBroker({ adminUrl: broker.url, managementUrl, passwordOf: () => PASSWORD, system: SYSTEM });
  for (const service of BROKER_SERVICES) connections.set(service, await connect(urlOf(service)));
});

afterAll(async () => {
  for (const model of connections.values()) await model.close();
  for (const service of BROKER_SERVICES) await broker.manage('DELETE', `/users/${brokerUserOf(service, SYSTEM)}`);
  await broker.drop();
});

function urlOf(service: BrokerService): string {
  return brokerUrl(broker.url, service, PASSWORD, SYSTEM);
}

type Attempt = (channel: Awaited<ReturnType<ChannelModel['createConfirmChannel']>>) => Promise<unknown>;

/** Whether the broker lets this service do it. @throws whatever is no refusal */
async function may(service: BrokerService, attempt: Attempt): Promise<boolean> {
  const channel = await connections.get(service)?.createConfirmChannel();
  if (!channel) throw new Error(`${service} is not connected`);
  const refused = new Promise<never>((_, reject) => channel.once('error', reject));
  try {
    await Promise.race([attempt(channel), refused]);
    await channel.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 403) return false;
    throw error;
  }
}

const consume =
  (queue: string, args = {}): Attempt =>
  async (channel) => {
    await channel.prefetch(1);
    await channel.consume(queue, () => undefined, { arguments: args });
  };

const publish =
  (exchange: string, routingKey: string): Attempt =>
  async (channel) => {
    channel.publish(exchange, routingKey, Buffer.from('{}'));
    await channel.waitForConfirms();
  };

async function whoMay(attempt: Attempt): Promise<BrokerService[]> {
  const answers = await Promise.all(BROKER_SERVICES.map((service) => may(service, attempt)));
  return BROKER_SERVICES.filter((_, place) => answers[place]);
}

function whoUses(uses: (use: BrokerUse) => boolean) {
  return BROKER_SERVICES.filter((service) => service === 'operations' || uses(BROKER_USE[service]));
}

describe('who declares the topology', () => {
  it('given a user of a service’s own, then operations alone; given any other, whatever it is called, then that one', () => {
    const declaring = BROKER_SERVICES.filter((service) => mayDeclare(brokerUserOf(service)));
    expect(declaring).toEqual(['operations']);
    expect(['waybill', 'guest', 'shop-orders', 'orders'].filter(mayDeclare)).toHaveLength(4);
  });
});

describe('the credentials of each service at the broker', () => {
  it.each(QUEUE_NAMES)('given %s, then its consumers read it, and nobody else', async (queue) => {
    expect(await whoMay(consume(queue))).toEqual(whoUses(({ consumes }) => consumes?.includes(queue) === true));
    expect(await whoMay(consume(deadLettersOf(queue)))).toEqual(['operations']);
  });

  it.each(QUEUE_NAMES)(
    'given %s, then only its senders, and its consumers for another try, put something into it',
    async (queue) => {
      const senders = whoUses(
        ({ consumes, publishes }) =>
          consumes?.includes(queue) === true || publishes?.some((lane) => lane === queue) === true,
      );
      expect(await whoMay(publish(exchangeOf(queue), queue))).toEqual(senders);
      expect(await whoMay(publish('', queue))).toEqual(['operations']);
    },
  );

  it('given each type of event, then its producer tells it, and nobody else', async () => {
    for (const type of EVENT_TYPES.filter((known) => known !== 'MailRequested')) {
      const producer = definitionOf(type).producer;
      expect({ type, by: await whoMay(publish(EVENTS_EXCHANGE, type)) }).toEqual({
        type,
        by: BROKER_SERVICES.filter((service) => service === producer || service === 'operations'),
      });
    }
  });

  it('given the streams, then order-view reads them; given a queue of its own, then who hears news makes and binds it', async () => {
    expect(await whoMay(consume(streamOf(0), { 'x-stream-offset': 'first' }))).toEqual(['operations', 'order-view']);
    const hear =
      (service: string): Attempt =>
      async (channel) => {
        const queue = newsQueueOf(service, randomUUID());
        await channel.assertQueue(queue, NEWS_QUEUE);
        await channel.bindQueue(queue, EVENTS_EXCHANGE, 'ProductPriceChanged');
        await channel.consume(queue, () => undefined);
      };
    expect(await whoMay(hear('gateway'))).toEqual(['gateway']);
    expect(await whoMay(hear('orders'))).toEqual(['orders']);
  });

  it('given a wrong password, then there is no connection', async () => {
    await expect(connect(brokerUrl(broker.url, 'orders', 'guessed', SYSTEM))).rejects.toThrow(/ACCESS.REFUSED|403/);
  });

  it('given a service that may not declare, then its connection works all the same, with copies into the streams', async () => {
    const connection = await BrokerConnection.open({ url: urlOf('orders'), name: 'access-test' });
    const publisher = new Publisher(connection);
    await new Promise<void>((resolve) => (connection.usable ? resolve() : connection.onUsable(resolve)));
    const event = { messageId: 'm-1', body: '{}', mandatory: true };
    await publisher.publish({
      ...event,
      exchange: EVENTS_EXCHANGE,
      routingKey: 'OrderPlaced',
      headers: { BCC: [streamOf(3)] },
    });
    await publisher.publish({
      ...event,
      exchange: exchangeOf('order-processing'),
      routingKey: 'order-processing',
      headers: {},
    });
    await publisher.close();
    await connection.close();
  });

  it.each(BROKER_SERVICES)('given %s, then it asks the broker for nothing that is refused', async (service) => {
    const proxy = await BrokerProxy.open(broker.url);
    const url = brokerUrl(proxy.url, service, PASSWORD, SYSTEM);
    const connection = await BrokerConnection.open({ url, name: 'access-test' });
    await new Promise<void>((resolve) => (connection.usable ? resolve() : connection.onUsable(resolve)));
    await connection.redeclare();
    const use: BrokerUse = BROKER_USE[service];
    const channel = await connection.channel();
    for (const queue of use.consumes ?? []) await channel.consume(queue, () => undefined);
    if (use.readsStreams) await endOf(connection, 0);
    if (use.hears) await hearing(url, service);
    await connection.close();
    await proxy.close();
    expect(proxy.refusals).toEqual([]);
  });
});

/** Until it hears news. */
async function hearing(url: string, service: string): Promise<void> {
  let listener: NewsListener | undefined;
  await new Promise<void>((resolve) => {
    const starting = NewsListener.start(
      { url, service, types: ['ProductPriceChanged'], listening: resolve },
      () => undefined,
    );
    void starting.then((started) => (listener = started));
  });
  await listener?.stop();
}
