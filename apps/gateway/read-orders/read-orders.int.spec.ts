import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LightMyRequestResponse } from 'fastify';
import { placeOrder } from '#libs/contracts/http/operations.js';
import { newId } from '#libs/kernel/ids.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { FULL_ORDER, ORDER } from '../testing/sample-messages.js';
import { validRequest } from '../testing/valid-requests.js';

let gateway: RunningGateway;
let token: string;
let operator: string;

beforeAll(async () => void (gateway = await runGateway()));
beforeEach(async () => {
  gateway.peers.reset();
  token = await gateway.issuer.issueToken({ subject: newId(), scopes: ['orders:read', 'orders:write'] });
  operator = await gateway.issuer.issueToken({ subject: newId(), scopes: ['ops'] });
});
afterAll(() => gateway.stop());

const get = (url: string, by = token): Promise<LightMyRequestResponse> =>
  gateway.inject({ url, headers: { authorization: `Bearer ${by}` } });
const asked = () => gateway.peers.viewCalls.map(({ request }) => request as { seen?: unknown[]; minVersion?: number });
const askedOrders = () => gateway.peers.calls.map(({ method }) => method);

describe('a list of orders', () => {
  it('is what order-view shows, and orders is not asked', async () => {
    gateway.peers.script('viewedOrders', { items: [FULL_ORDER], nextCursor: 'more', behind: false });
    const answer = await get('/v1/orders?limit=1');
    expect(answer.json()).toMatchObject({ items: [{ version: FULL_ORDER.version }], nextCursor: 'more' });
    expect(askedOrders()).toEqual([]);
  });

  it('comes from orders while order-view is away, or behind', async () => {
    gateway.peers.script('viewedOrders', new WaybillError('UNAVAILABLE', 'Away.'));
    expect((await get('/v1/orders')).json<{ items: unknown[] }>().items).toHaveLength(2);
    gateway.peers.script('viewedOrders', { behind: true });
    expect((await get('/v1/orders')).json<{ items: unknown[] }>().items).toHaveLength(2);
    gateway.peers.script('viewedOrders', 'silence');
    expect((await get('/v1/orders')).json<{ items: unknown[] }>().items).toHaveLength(2);
    expect(askedOrders()).toEqual(['listOrders', 'listOrders', 'listOrders']);
  });

  it('takes a refusal for an answer', async () => {
    gateway.peers.script('viewedOrders', new WaybillError('INVALID_REQUEST', 'No such cursor.'));
    expect((await get('/v1/orders?cursor=abc')).statusCode).toBe(400);
    expect(askedOrders()).toEqual([]);
  });

  it('must hold what its caller was told before, and for operators what was placed last', async () => {
    await get('/v1/orders');
    await gateway.inject(validRequest(placeOrder, token));
    await get('/v1/orders');
    gateway.peers.script('getOrder', { order: { ...ORDER, version: 4 } });
    await get(`/v1/orders/${ORDER_ID}`);
    await get('/v1/orders');
    await get('/v1/orders', operator);
    expect(asked().map(({ seen }) => seen)).toEqual([
      [],
      [{ id: ORDER_ID, version: 1 }],
      [{ id: ORDER_ID, version: 4 }],
      [{ id: ORDER_ID, version: 1 }],
    ]);
  });
});

describe('a timeline', () => {
  it('is at least of the version asked for, and of the one its caller was told', async () => {
    await get(`/v1/orders/${ORDER_ID}/timeline`);
    await get(`/v1/orders/${ORDER_ID}/timeline?minVersion=3`);
    gateway.peers.script('getOrder', { order: { ...ORDER, version: 7 } });
    await get(`/v1/orders/${ORDER_ID}`);
    await get(`/v1/orders/${ORDER_ID}/timeline?minVersion=3`);
    expect(asked().map(({ minVersion }) => minVersion)).toEqual([0, 3, 7]);
    expect(askedOrders()).toEqual(['getTimeline', 'getTimeline', 'getOrder', 'getTimeline']);
  });

  it('that order-view does not have is for orders to refuse', async () => {
    gateway.peers.script('getTimeline', new WaybillError('NOT_FOUND', 'There is no such order.'));
    expect((await get(`/v1/orders/${ORDER_ID}/timeline`)).statusCode).toBe(404);
  });
});
