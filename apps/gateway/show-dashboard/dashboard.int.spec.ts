import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { dashboard, type Dashboard } from '#libs/contracts/http/dashboard.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { eventually } from '#libs/testing/eventually.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';

const away = new WaybillError('UNAVAILABLE', 'Away.');
const WITHIN_MS = 1_000;
const PROFILE_MS = 5_000;
const SETTINGS = {
  WAYBILL_DASHBOARD_MS: String(WITHIN_MS),
  WAYBILL_POPULAR_MAX_AGE_MS: '60000',
  WAYBILL_POLICIES: JSON.stringify({ 'gateway.customers.getProfile': { timeoutMs: PROFILE_MS } }),
};
let gateway: RunningGateway;

beforeAll(async () => void (gateway = await runGateway(SETTINGS)));
beforeEach(() => gateway.peers.reset());
afterAll(() => gateway.stop());

const get = async () => {
  const answer = await gateway.inject({
    url: '/v1/dashboard',
    headers: { authorization: `Bearer ${gateway.token}` },
  });
  return { status: answer.statusCode, body: answer.json<Dashboard>() };
};

describe('the dashboard', () => {
  it('shows profile, orders and recommendations, each asked for in the name of the caller', async () => {
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(dashboard.parse(body)).toMatchObject({
      profile: { data: { name: 'Ada Lovelace' } },
      orders: { data: [{ status: 'PENDING' }, {}] },
      recommendations: { data: [{ sku: 'TEA' }] },
    });
    for (const method of ['getProfile', 'recommend', 'listOrders'] as const) {
      const call = gateway.peers.calls.find((seen) => seen.method === method);
      expect(call?.metadata.get('authorization')).toEqual([`Bearer ${gateway.token}`]);
    }
  });

  it('is served without the part that cannot be had, and says why', async () => {
    gateway.peers.script('getProfile', away);
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body.profile).toEqual({ degraded: 'UNAVAILABLE' });
    expect(body.orders).toHaveProperty('data');
  });

  it('does not wait for a part that takes too long, and cancels it', async () => {
    gateway.peers.script('getProfile', 'silence');
    const began = Date.now();
    const { body } = await get();
    expect(Date.now() - began).toBeLessThan(PROFILE_MS - 1_000);
    expect(body.profile).toEqual({ degraded: 'DEADLINE_EXCEEDED' });
    await eventually(() =>
      expect(gateway.peers.calls.find(({ method }) => method === 'getProfile')?.cancelled).toBe(true),
    );
  });

  it('has popular products, marked stale, in place of recommendations', async () => {
    gateway.peers.script('recommend', away);
    await eventually(async () => {
      const { body } = await get();
      expect(body.recommendations).toMatchObject({ degraded: 'UNAVAILABLE', data: [{ sku: 'TEA', stale: true }] });
    });
  });

  it('is 503 when there is nothing to show', async () => {
    const fresh = await runGateway({ WAYBILL_DASHBOARD_MS: String(WITHIN_MS) });
    for (const method of ['getProfile', 'recommend', 'listPopular', 'viewedOrders', 'listOrders'] as const)
      fresh.peers.script(method, away);
    const answer = await fresh.inject({ url: '/v1/dashboard', headers: { authorization: `Bearer ${fresh.token}` } });
    expect([answer.statusCode, answer.json()]).toEqual([503, expect.objectContaining({ code: 'UNAVAILABLE' })]);
    await fresh.stop();
  });
});
