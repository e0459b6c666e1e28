import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENTS_EXCHANGE } from '#libs/contracts/topology.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { BrokerConnection } from '#libs/messaging/connection.js';
import { newEnvelope, serialiseEnvelope } from '#libs/messaging/envelope.js';
import { Publisher } from '#libs/messaging/publisher.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';

interface Queue {
  readonly name: string;
  readonly exclusive: boolean;
}

interface Connection {
  readonly name: string;
  readonly client_properties?: { readonly connection_name: string };
}

/** Long enough that nothing but the event can make a gateway ask again. */
const FOR_EVER = { WAYBILL_PRODUCT_FRESH_MS: '3600000', WAYBILL_PRODUCT_MAX_AGE_MS: '3600000' };

let broker: TestBroker;
let connection: BrokerConnection;
let gateways: RunningGateway[];
let sequence = 0;

beforeAll(async () => {
  broker = await testBroker();
  connection = await BrokerConnection.open({ url: broker.url, name: 'test' });
  gateways = await Promise.all([1, 2].map(() => runGateway({ ...FOR_EVER, WAYBILL_AMQP_URL: broker.url })));
  await eventually(async () => expect(await ownQueues()).toHaveLength(2));
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await connection.close();
  await broker.drop();
});

const ownQueues = async (): Promise<Queue[]> =>
  ((await broker.manage('GET', '/queues/%VHOST%')) as Queue[]).filter(({ exclusive }) => exclusive);
/** The broker's management tells of a connection some seconds after it was made. */
const ownConnections = async (): Promise<Connection[] | false> => {
  const all = (await broker.manage('GET', '/vhosts/%VHOST%/connections')) as Connection[];
  const own = all.filter(({ client_properties }) => client_properties?.connection_name === 'waybill-gateway-news');
  return own.length === 2 && own;
};
const priceAt = async ({ inject, token }: RunningGateway): Promise<number> => {
  const answer = await inject({ url: '/v1/products/TEA', headers: { authorization: `Bearer ${token}` } });
  return answer.json<{ price: { amount: number } }>().price.amount;
};
const cost = (amount: number): void =>
  gateways.forEach(({ peers }) => peers.script('getProduct', { price: { amount, currency: 'EUR' } }));
const tell = async (amount: number): Promise<void> => {
  const data = { sku: 'TEA', price: { amount, currency: 'EUR' } };
  sequence += 1;
  const event = newEnvelope({ type: 'ProductPriceChanged', producer: 'catalog', subject: 'TEA', sequence, data });
  await new Publisher(connection).publish({
    exchange: EVENTS_EXCHANGE,
    routingKey: event.type,
    mandatory: true,
    messageId: event.id,
    body: serialiseEnvelope(event),
    headers: {},
  });
};
const all = async (amount: number): Promise<void> => {
  for (const gateway of gateways) expect(await priceAt(gateway)).toBe(amount);
};

describe('a price that a gateway keeps', () => {
  it('stays what it was until it is told of a change; then every gateway has the new one', async () => {
    cost(450);
    await all(450);
    cost(500);
    await all(450);
    await tell(500);
    await eventually(() => all(500));
  });

  it('is asked for again after an interruption: the change may have been told meanwhile', async () => {
    cost(600);
    await all(500);
    const before = (await ownQueues()).map(({ name }) => name);
    const listeners = await eventually(ownConnections);
    for (const { name } of listeners || []) await broker.manage('DELETE', `/connections/${encodeURIComponent(name)}`);
    await eventually(() => all(600));
    await eventually(async () => {
      const now = (await ownQueues()).map(({ name }) => name);
      expect(now).toHaveLength(2);
      expect(now.filter((name) => before.includes(name))).toEqual([]);
    });
  });
});

describe('while the catalogue does not answer', () => {
  it('a product and a page are served as they were, and say so; what was never asked for is not', async () => {
    const gateway = await runGateway({ WAYBILL_PRODUCT_MAX_AGE_MS: '30000' });
    const get = (url: string) => gateway.inject({ url, headers: { authorization: `Bearer ${gateway.token}` } });
    for (const url of ['/v1/products/TEA', '/v1/products']) expect((await get(url)).json()).not.toHaveProperty('stale');
    for (const method of ['getProduct', 'listProducts'] as const)
      gateway.peers.script(method, new WaybillError('UNAVAILABLE', 'not now'));
    for (const url of ['/v1/products/TEA', '/v1/products'])
      expect((await get(url)).json()).toMatchObject({ stale: true });
    expect((await get('/v1/products/MUG')).statusCode).toBe(503);
    await gateway.stop();
  });
});
