import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig, maskConfig } from '#libs/kernel/config.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { newId } from '#libs/kernel/ids.js';
import { BrokerConnection } from '#libs/messaging/connection.js';
import { openDatabase, pingDatabase } from '#libs/persistence/database.js';
import { logger, startLogging } from '#libs/telemetry/logger.js';
import { eventually } from '#libs/testing/eventually.js';
import { runGateway, type RunningGateway } from '../../apps/gateway/testing/running-gateway.js';
import { VALID_BODY } from '../../apps/gateway/testing/valid-requests.js';
import { notificationsConfig } from '../../apps/notifications/notifications.config.js';
import { paymentsConfig } from '../../apps/payments/config.js';
import { StripeProvider } from '../../apps/payments/provider/stripe-provider.js';
import { EasyPostCarrier } from '../../apps/shipping/carrier/easypost-carrier.js';
import { shippingConfig } from '../../apps/shipping/shipping.config.js';

/** In every secret that a service is given. */
const MARK = 'marked-secret-7c1f';
const NOBODY = '127.0.0.1:1';
const COMMON = {
  WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
  WAYBILL_GRPC_LISTEN: '127.0.0.1:0',
  WAYBILL_LOG_LEVEL: 'trace',
  WAYBILL_DATABASE_URL: `postgres://waybill:${MARK}@${NOBODY}/waybill?password=${MARK}`,
  WAYBILL_AMQP_URL: `amqp://waybill:${MARK}@${NOBODY}`,
};

let lines: string[] = [];
let refusing: Server;
let url: string;

beforeAll(async () => {
  startLogging('test', 'trace', { write: (line) => void lines.push(line) });
  refusing = createServer((_, response) =>
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{}}'),
  );
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
});
afterAll(() => {
  startLogging('test', 'silent');
  refusing.close();
});

/** Something was said, and no secret in it. */
function expectSaid(what: string | RegExp, ...secrets: readonly string[]): void {
  const said = lines.join('');
  lines = [];
  expect(said).toMatch(what);
  for (const secret of [MARK, Buffer.from(MARK).toString('base64').slice(0, 20), ...secrets])
    expect(said).not.toContain(secret);
}

describe('what a service logs at its start', () => {
  const payments = { STRIPE_API_KEY: MARK, WAYBILL_PAYMENT_WEBHOOK_SECRET: `${MARK},${MARK}` };
  const shipping = { WAYBILL_CARRIER_API_KEY: MARK, WAYBILL_CARRIER_WEBHOOK_SECRET: MARK };

  it.each([
    ['payments', () => paymentsConfig.parse({ ...COMMON, ...payments })],
    ['shipping', () => shippingConfig.parse({ ...COMMON, ...shipping })],
    [
      'notifications',
      () =>
        notificationsConfig.parse({
          ...COMMON,
          WAYBILL_CUSTOMERS_ADDRESS: NOBODY,
          WAYBILL_SMTP_URL: `smtp://me:${MARK}@host`,
        }),
    ],
  ])('%s tells its configuration, and no secret', (_, config) => {
    logger().info({ config: maskConfig(config()) }, 'starting');
    expectSaid('WAYBILL_AMQP_URL');
  });

  it('tells which variable is wrong, and not what it holds', () => {
    const wrong = { ...COMMON, WAYBILL_DATABASE_URL: `${MARK}://x`, WAYBILL_AMQP_URL: `http://me:${MARK}@x` };
    for (const [name, value] of Object.entries(wrong)) process.env[name] = value;
    const load = () => loadConfig('payments', paymentsConfig);
    expect(load).toThrow(/WAYBILL_DATABASE_URL/);
    expect(load).not.toThrow(MARK);
    for (const name of Object.keys(wrong)) Reflect.deleteProperty(process.env, name);
  });
});

describe('what is logged of an engine that is away', () => {
  it('database: no password', async () => {
    const db = openDatabase<never>({ url: COMMON.WAYBILL_DATABASE_URL, pool: 1, name: 'test' });
    const error: unknown = await pingDatabase(db).catch((thrown: unknown) => thrown);
    logger().error({ error }, 'the database is away');
    await db.destroy();
    expectSaid('ECONNREFUSED');
  });

  it('broker: no password', async () => {
    const connection = await BrokerConnection.open({ url: COMMON.WAYBILL_AMQP_URL, name: 'test' });
    await eventually(() => lines.join('').includes('the broker cannot be reached'));
    await connection.close();
    expectSaid('ECONNREFUSED');
  });
});

describe('what is logged of a provider that refuses', () => {
  it.each([
    ['payment provider', () => new StripeProvider({ apiKey: MARK, url, timeoutMs: 500 })],
    [
      'payment provider that is away',
      () => new StripeProvider({ apiKey: MARK, url: `http://${NOBODY}`, timeoutMs: 500 }),
    ],
  ])('%s: no key', async (_, provider) => {
    const order = {
      key: newId<string>(),
      orderId: newId<string>(),
      amount: { amount: 1, currency: 'EUR' },
      paymentMethod: 'pm_ok',
    } as const;
    const error: unknown = await provider()
      .createIntent(order)
      .catch((thrown: unknown) => thrown);
    logger().error({ error }, 'a charge failed');
    logger().error({ error: (error as Error).cause }, 'because');
    expectSaid('payment provider');
  });

  it('carrier: no key', async () => {
    const { WAYBILL_CARRIER_SHIP_FROM: shipFrom } = shippingConfig.shape;
    const carrier = new EasyPostCarrier({
      apiKey: MARK,
      url,
      shipFrom: shipFrom.parse(undefined),
      ouncesPerItem: 1,
      timeoutMs: 500,
    });
    const label = { reference: 'shp_1', rate: 'rate_1' };
    const error: unknown = await carrier.buy(label).catch((thrown: unknown) => thrown);
    logger().error({ error }, 'a label could not be bought');
    logger().error({ error: (error as Error).cause }, 'because');
    expectSaid('a label could not be bought');
  });
});

describe('what the gateway logs', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await runGateway({
      WAYBILL_RATE_LIMIT: 'on',
      WAYBILL_REDIS_URL: `redis://:${MARK}@${NOBODY}`,
      WAYBILL_AMQP_URL: COMMON.WAYBILL_AMQP_URL,
    });
  });
  afterAll(() => gateway.stop());

  it('of requests, of those that break and of those that are forged: no token, no signature, nobody’s address', async () => {
    const { token } = gateway;
    gateway.peers.script('createOrder', new WaybillError('INTERNAL', 'broken'));
    const order = { method: 'POST', url: '/v1/orders', payload: VALID_BODY } as const;
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': 'key-1' };
    expect((await gateway.inject({ ...order, headers })).statusCode).toBe(500);
    await gateway.inject({ ...order, headers: { ...headers, authorization: `Bearer ${token}${MARK}` } });
    await gateway.inject({ ...order, url: `/v1/orders?token=${MARK}`, headers });
    await gateway.inject({
      method: 'POST',
      url: '/v1/webhooks/payments',
      headers: { 'stripe-signature': `t=1,v1=${MARK}`, 'content-type': 'application/json' },
      payload: '{}',
    });
    await eventually(() => expect(lines.join('')).toMatch(/redis|Redis/));
    const { name, line1 } = VALID_BODY.shippingAddress;
    expectSaid(/"request"/, token, token.slice(-40), name, line1);
  });
});
