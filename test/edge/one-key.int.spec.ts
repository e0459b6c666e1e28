import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { eventually } from '#libs/testing/eventually.js';
import { runGateway, type RunningGateway } from '../../apps/gateway/testing/running-gateway.js';
import { ordersFixture, type OrdersFixture } from '../../apps/orders/testing/orders-fixture.js';

const CLIENTS = 50;
const ORDER = {
  items: [{ sku: 'MUG', quantity: 2 }],
  paymentMethod: 'pm_ok',
  shippingAddress: { name: 'Ada Lovelace', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
};

let orders: OrdersFixture;
let gateways: readonly RunningGateway[];
let token: string;

beforeAll(async () => {
  orders = await ordersFixture({ replicas: 2 });
  const settings = {
    WAYBILL_ORDERS_ADDRESS: orders.replicas.map(({ address }) => address).join(','),
    WAYBILL_JWKS_URL: orders.issuer.jwksUrl,
    WAYBILL_TOKEN_ISSUER: orders.issuer.issuer,
  };
  gateways = [await runGateway(settings), await runGateway(settings)];
  token = await orders.issuer.issueToken({ subject: 'anna', scopes: ['orders:read', 'orders:write'] });
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await orders.close();
});

function send(client: number, request: InjectOptions, key: string): Promise<LightMyRequestResponse> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key };
  // There are two.
  return (gateways[client % 2] as RunningGateway).inject({ ...request, headers: { ...headers, ...request.headers } });
}

/** Fifty clients with one key, over both gateways at once; who is told to come again does. */
async function fiftyTimes(request: InjectOptions, key = randomUUID()): Promise<LightMyRequestResponse[]> {
  const first = await Promise.all(Array.from({ length: CLIENTS }, (_, client) => send(client, request, key)));
  return Promise.all(
    first.map(async (answer, client) =>
      answer.statusCode === 409 && answer.json<{ code: string }>().code === 'REQUEST_IN_FLIGHT'
        ? eventually(async () => {
            expect(answer.headers['retry-after']).toBe('1');
            const again = await send(client, request, key);
            expect(again.statusCode).not.toBe(409);
            return again;
          })
        : answer,
    ),
  );
}

const idsOf = (answers: readonly LightMyRequestResponse[], field: 'id' | 'command'): Set<unknown> =>
  new Set(answers.map((answer) => answer.json<Record<string, unknown>>()[field]));
const replayed = (answers: readonly LightMyRequestResponse[]): number =>
  answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true').length;
async function place(): Promise<{ id: string; version: number }> {
  const answer = await send(0, { method: 'POST', url: '/v1/orders', payload: JSON.stringify(ORDER) }, randomUUID());
  return answer.json();
}
const events = async (type: 'CancelRequested' | 'AmendRequested', id: string): Promise<number> =>
  (
    await orders.db
      .selectFrom('order_events')
      .select('version')
      .where('order_id', '=', id)
      .where('type', '=', type)
      .execute()
  ).length;

describe(`one idempotency key from ${CLIENTS} clients at once, over two gateways and two replicas of orders`, () => {
  it('places one order, which all of them are answered', async () => {
    const request: InjectOptions = { method: 'POST', url: '/v1/orders', payload: JSON.stringify(ORDER) };
    const before = await orders.db.selectFrom('orders').select('id').execute();
    const answers = await fiftyTimes(request);
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([201]));
    expect(idsOf(answers, 'id').size).toBe(1);
    expect(replayed(answers)).toBe(CLIENTS - 1);
    expect((await orders.db.selectFrom('orders').select('id').execute()).length).toBe(before.length + 1);
  });

  it('cancels once', async () => {
    const { id } = await place();
    const answers = await fiftyTimes({ method: 'POST', url: `/v1/orders/${id}/cancel`, payload: '{"reason":"twice"}' });
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    expect(idsOf(answers, 'command').size).toBe(1);
    expect(replayed(answers)).toBe(CLIENTS - 1);
    expect(await events('CancelRequested', id)).toBe(1);
  });

  it('amends once', async () => {
    const { id, version } = await place();
    const request: InjectOptions = {
      method: 'PATCH',
      url: `/v1/orders/${id}`,
      headers: { 'if-match': `"${version}"` },
      payload: '{"items":[{"sku":"MUG","quantity":3}]}',
    };
    const answers = await fiftyTimes(request);
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    expect(idsOf(answers, 'command').size).toBe(1);
    expect(replayed(answers)).toBe(CLIENTS - 1);
    expect(await events('AmendRequested', id)).toBe(1);
  });

  it('is refused for another request, and is another customer’s own', async () => {
    const key = randomUUID();
    const request: InjectOptions = { method: 'POST', url: '/v1/orders', payload: JSON.stringify(ORDER) };
    const mine = (await send(0, request, key)).json<{ id: string }>();
    const other = await send(1, { ...request, payload: JSON.stringify({ ...ORDER, paymentMethod: 'pm_flaky' }) }, key);
    expect([other.statusCode, other.json<{ code: string }>().code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const cancel = await send(0, { method: 'POST', url: `/v1/orders/${mine.id}/cancel`, payload: '{}' }, key);
    expect(cancel.statusCode).toBe(422);
    const grace = await orders.issuer.issueToken({ subject: 'grace', scopes: ['orders:write'] });
    const hers = await send(0, { ...request, headers: { authorization: `Bearer ${grace}` } }, key);
    expect(hers.statusCode).toBe(201);
    expect(hers.json<{ id: string }>().id).not.toBe(mine.id);
  });
});
