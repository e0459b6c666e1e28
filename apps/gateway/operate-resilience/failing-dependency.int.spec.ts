import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listBreakers, type BreakerList, type PolicyList } from '#libs/contracts/http/resilience.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { eventually } from '#libs/testing/eventually.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';

const away = new WaybillError('UNAVAILABLE', 'Away.');
const TIMEOUT_MS = 500;
/** As in the table. */
const breaker = { failureShare: 0.5, minCalls: 10, windowMs: 10_000, openMs: 30_000 };
const settings = (openMs = breaker.openMs) => ({
  WAYBILL_POLICIES: JSON.stringify({
    'gateway.catalog.getProduct': { breaker: { ...breaker, openMs }, timeoutMs: TIMEOUT_MS },
  }),
  WAYBILL_RATE_LIMIT: 'off',
});
const CALLS = 100;

let gateway: RunningGateway;
beforeEach(async () => void (gateway = await runGateway(settings())));
afterEach(() => gateway.stop());

const get = (url: string, token = gateway.token) =>
  gateway.inject({ url, headers: { authorization: `Bearer ${token}` } });
const product = async () => (await get('/v1/products/TEA')).statusCode;
const asked = () => gateway.peers.calls.filter(({ method }) => method === 'getProduct').length;
const breakers = async () => (await get('/v1/ops/breakers', gateway.tokenFor(listBreakers))).json<BreakerList>();
const stateOf = async (method: string) => (await breakers()).items.find((item) => item.method === method)?.state;

describe('a dependency that fails', () => {
  it('is asked a little more than once a call, then not at all; what does not need it goes on', async () => {
    gateway.peers.script('getProduct', away);
    for (let n = 0; n < CALLS; n += 1) {
      expect([503, 504]).toContain(await product());
      if (n % 10 === 0) expect((await get(`/v1/orders/${ORDER_ID}`)).statusCode).toBe(200);
    }
    expect(asked()).toBeLessThanOrEqual(CALLS * 0.3);
    expect(await stateOf('getProduct')).toBe('open');
    expect(await stateOf('listProducts')).toBe('closed');
  });

  it('is refused at once while its breaker is open, with the time that is left', async () => {
    gateway.peers.script('getProduct', 'silence');
    await Promise.all(Array.from({ length: 12 }, product));
    const before = asked();
    const began = Date.now();
    const refused = await get('/v1/products/TEA');
    expect(Date.now() - began).toBeLessThan(TIMEOUT_MS - 100);
    expect(refused.statusCode).toBe(503);
    expect(Math.ceil(Number(refused.headers['retry-after']) / 10)).toBe(3);
    expect(asked()).toBe(before);
  });

  it('is asked again after a while, by one call, and then by all', async () => {
    await gateway.stop();
    gateway = await runGateway(settings(300));
    gateway.peers.script('getProduct', away);
    await eventually(async () => expect([await product(), await stateOf('getProduct')]).toEqual([503, 'open']));
    gateway.peers.script('getProduct', {});
    await eventually(async () => expect(await product()).toBe(200));
    expect(await stateOf('getProduct')).toBe('closed');
  });
});

describe('a part of the dashboard that hangs', () => {
  it.each(['getProfile', 'recommend'] as const)(
    'by %s, is given up before the dashboard is: it counts',
    async (part) => {
      gateway.peers.script(part, 'silence');
      const dashboards = await Promise.all(Array.from({ length: 12 }, () => get('/v1/dashboard')));
      expect(new Set(dashboards.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
      expect(await stateOf(part)).toBe('open');
    },
  );
});

describe('an order that cannot be read', () => {
  it('read in a loop by one client, keeps nobody from reading others', async () => {
    gateway.peers.script('getOrder', new WaybillError('INTERNAL', 'A bug.'));
    for (let n = 0; n < 30; n += 1) expect((await get(`/v1/orders/${ORDER_ID}`)).statusCode).toBe(500);
    gateway.peers.script('getOrder', {});
    expect((await get(`/v1/orders/${ORDER_ID}`)).statusCode).toBe(200);
    expect(await stateOf('getOrder')).toBe('closed');
  });
});

describe('operators', () => {
  it('see the breakers of the gateway and of the services, and which of these do not say', async () => {
    gateway.peers.script('listBreakers', away);
    const { items, missing } = await breakers();
    expect(new Set(items.map(({ caller }) => caller))).toEqual(new Set(['gateway']));
    expect(missing).toEqual(['orders', 'payments', 'shipping'].map((caller) => ({ caller, reason: 'UNAVAILABLE' })));
    gateway.peers.script('listBreakers', {});
    const { items: all } = await breakers();
    expect(all.filter(({ caller }) => caller !== 'gateway')).toEqual(
      ['orders', 'payments', 'shipping'].map((caller) =>
        expect.objectContaining({ caller, process: 'host/1', dependency: 'carrier', method: 'buy', state: 'open' }),
      ),
    );
  });

  it('see the policies as this system has them', async () => {
    const { items } = (await get('/v1/ops/policies', gateway.tokenFor(listBreakers))).json<PolicyList>();
    const of = (caller: string, method: string) =>
      items.find((item) => item.caller === caller && item.method === method);
    expect(of('gateway', 'getProduct')).toMatchObject({ timeoutMs: TIMEOUT_MS, breaker, retried: true });
    expect(of('orders', 'hold')).toMatchObject({ dependency: 'inventory', timeoutMs: 3_000 });
  });
});
