import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import {
  OPERATIONS,
  placeOrder,
  receiveCarrierWebhook,
  receivePaymentWebhook,
} from '#libs/contracts/http/operations.js';
import { createClient } from '#libs/client/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { FULL_ORDER, ORDER } from '../testing/sample-messages.js';
import type { SeenCall } from '../testing/stand-ins.js';
import { COMPOSED, SIGNATURE, VALID_BODY, validRequest, WEBHOOK_BODY } from '../testing/valid-requests.js';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await runGateway();
});
beforeEach(() => gateway.peers.reset());
afterAll(() => gateway.stop());

const onlyCall = (): SeenCall => {
  const [call, ...others] = gateway.peers.calls;
  expect(others).toEqual([]);
  if (call === undefined) throw new Error('nobody was called');
  return call;
};
const place = (headers: Record<string, string> = {}): Promise<LightMyRequestResponse> => {
  const request = validRequest(placeOrder, gateway.token);
  return gateway.inject({ ...request, headers: { ...request.headers, ...headers } });
};

describe('a call behind the edge', () => {
  it('carries the caller and the key unchanged, and the trace', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const answer = await place({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const { metadata, request } = onlyCall();
    expect(metadata.get('authorization')).toEqual([`Bearer ${gateway.token}`]);
    expect(metadata.get('idempotency-key')).toEqual(['key-1']);
    expect(metadata.get('traceparent')).toEqual([answer.headers['traceparent']]);
    expect(answer.headers).toMatchObject({
      traceparent: expect.stringMatching(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`),
      'x-request-id': traceId,
    });
    expect(request).toMatchObject({ ...VALID_BODY, customerId: '', shippingMethod: '' });
  });

  it.each([
    undefined,
    'nonsense',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `ff-${'a'.repeat(32)}-00f067aa0ba902b7-01`,
  ])('has a trace of its own where the caller sent %s', async (sent) => {
    const { headers } = await place(sent === undefined ? {} : { traceparent: sent });
    expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(headers['traceparent']).not.toContain('0'.repeat(32));
    expect(onlyCall().metadata.get('traceparent')).toEqual([headers['traceparent']]);
  });

  // A stream has none: what is bounded is how long it may take to begin.
  const bounded = OPERATIONS.filter(({ id }) => id !== 'orderEvents' && !COMPOSED.has(id));
  it.each(bounded.map((operation) => [operation.id, operation] as const))(
    'has the deadline of %s',
    async (_, operation) => {
      await gateway.inject(validRequest(operation, gateway.tokenFor(operation)));
      const [least, most] = operation.method === 'get' ? [500, 1_500] : [3_500, 4_500];
      expect(onlyCall().deadlineMs).toBeGreaterThan(least);
      expect(onlyCall().deadlineMs).toBeLessThanOrEqual(most);
    },
  );

  it('ends in 504 before its client gives up', async () => {
    gateway.peers.script('getOrder', 'silence');
    const statuses: number[] = [];
    const transport = {
      fetch: async (url: URL, init: RequestInit) => {
        const answer = await fetch(url, init);
        statuses.push(answer.status);
        return answer;
      },
      pause: () => Promise.reject(new Error('One attempt is enough')),
    };
    const client = createClient({ url: gateway.url, token: gateway.token, transport });
    await expect(client.getOrder(ORDER_ID)).rejects.toThrow('One attempt is enough');
    expect(statuses).toEqual([504]);
  });

  it.each([
    ['REQUEST_IN_FLIGHT', '1'],
    ['OVERLOADED', '30'],
    ['UNAVAILABLE', '2'],
    ['DEADLINE_EXCEEDED', undefined],
  ] as const)('that is refused with %s says when to come back: %s', async (code, seconds) => {
    gateway.peers.script('createOrder', new WaybillError(code, 'connect ECONNREFUSED 10.1.2.3', { at: '10.1.2.3' }));
    const answer = await place();
    expect(answer.headers['retry-after']).toBe(seconds);
    expect(answer.json()).toMatchObject({ code, instance: '/v1/orders' });
    expect(answer.body).not.toContain('10.1.2.3');
  });

  it('that is refused gives the reason as it was given', async () => {
    gateway.peers.script('createOrder', new WaybillError('OUT_OF_STOCK', 'Two are left.', { sku: 'TEA' }));
    const answer = await place();
    expect(answer.json()).toMatchObject({
      status: 409,
      code: 'OUT_OF_STOCK',
      detail: 'Two are left.',
      details: { sku: 'TEA' },
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it('that fails for a bug tells nobody why', async () => {
    gateway.peers.script('getOrder', new WaybillError('INTERNAL', 'password=hunter2'));
    const answer = await gateway.inject({
      url: `/v1/orders/${ORDER_ID}`,
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(answer.body).not.toContain('hunter2');
  });

  it('that answers nonsense is a bug too', async () => {
    gateway.peers.script('getOrder', { order: { ...ORDER, total: undefined } });
    const answer = await gateway.inject({
      url: `/v1/orders/${ORDER_ID}`,
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
  });
});

describe('an order', () => {
  const get = (headers: Record<string, string> = {}, query = ''): Promise<LightMyRequestResponse> =>
    gateway.inject({
      url: `/v1/orders/${ORDER_ID}${query}`,
      headers: { authorization: `Bearer ${gateway.token}`, ...headers },
    });

  it('placed anew says where it is', async () => {
    const answer = await place();
    expect(answer.headers).toMatchObject({
      location: `/v1/orders/${ORDER_ID}`,
      etag: '"1"',
      'cache-control': 'no-store',
    });
    expect(answer.headers).not.toHaveProperty('idempotency-replayed');
  });

  it('placed before says so', async () => {
    gateway.peers.script('createOrder', { replayed: true });
    const answer = await place();
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['idempotency-replayed']).toBe('true');
  });

  it.each(['"9"', 'W/"9"', '*', '"8", "9"'])('is not sent again to who has it: If-None-Match %s', async (etags) => {
    gateway.peers.script('getOrder', { order: FULL_ORDER });
    const answer = await get({ 'if-none-match': etags });
    expect(answer).toMatchObject({ statusCode: 304, body: '' });
    expect(answer.headers).toMatchObject({ etag: '"9"', 'cache-control': 'private, no-cache' });
  });

  it.each(['"8"', '9', '"99"', 'W/"8", "19"'])('is sent to who has another: If-None-Match %s', async (etags) => {
    gateway.peers.script('getOrder', { order: FULL_ORDER });
    expect((await get({ 'if-none-match': etags })).statusCode).toBe(200);
  });

  it('may be kept once it is terminal', async () => {
    for (const status of ['DELIVERED', 'REJECTED', 'CANCELLED', 'RETURNED', 'REFUNDED'] as const) {
      gateway.peers.script('getOrder', { order: { ...ORDER, status: `ORDER_STATUS_${status}` } });
      expect((await get()).headers).toMatchObject({ 'cache-control': 'private, max-age=30', vary: 'Authorization' });
    }
    for (const status of ['PENDING', 'CONFIRMED', 'SHIPPED', 'REJECTING', 'CANCELLING'] as const) {
      gateway.peers.script('getOrder', { order: { ...ORDER, status: `ORDER_STATUS_${status}` } });
      expect((await get()).headers).toMatchObject({ 'cache-control': 'private, no-cache' });
    }
  });

  it('can be waited for', async () => {
    await get({}, '?minVersion=7');
    expect(onlyCall().request).toEqual({ id: ORDER_ID, minVersion: 7 });
  });

  it('is listed by status and page', async () => {
    const answer = await gateway.inject({
      url: '/v1/orders?status=PARTIALLY_SHIPPED&limit=5&cursor=abc',
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    expect(onlyCall().request).toEqual({ status: 'ORDER_STATUS_PARTIALLY_SHIPPED', limit: 5, cursor: 'abc' });
    expect(answer.json()).toMatchObject({ nextCursor: 'next' });
  });

  it('list ends with no cursor', async () => {
    gateway.peers.script('listOrders', { items: [], nextCursor: '' });
    const answer = await gateway.inject({ url: '/v1/orders', headers: { authorization: `Bearer ${gateway.token}` } });
    expect(onlyCall().request).toMatchObject({ limit: 20 });
    expect(answer.json()).toEqual({ items: [], nextCursor: null });
  });
});

describe.each([
  ['shipping', receiveCarrierWebhook],
  ['payments', receivePaymentWebhook],
])('a webhook', (service, operation) => {
  it(`reaches ${service} byte for byte, with its signature`, async () => {
    const answer = await gateway.inject(validRequest(operation, ''));
    expect(answer.statusCode).toBe(202);
    expect(onlyCall().method).toBe(operation.id);
    const request = onlyCall().request as { body: Buffer; signature: string };
    expect(Buffer.from(request.body).toString()).toBe(WEBHOOK_BODY);
    expect(request.signature).toBe(SIGNATURE);
  });

  it('reaches it also when it is no JSON: the signature decides', async () => {
    const bytes = Buffer.from([0x00, 0xff, 0x7b]);
    const request: InjectOptions = { ...validRequest(operation, ''), payload: bytes };
    expect((await gateway.inject(request)).statusCode).toBe(202);
    expect(Buffer.compare((onlyCall().request as { body: Buffer }).body, bytes)).toBe(0);
  });
});

describe('readiness', () => {
  it('needs orders', async () => {
    expect((await gateway.inject({ url: '/readyz' })).json()).toEqual({
      ready: true,
      checks: {
        orders: 'ok',
        catalog: 'ok',
        customers: 'ok',
        payments: 'ok',
        shipping: 'ok',
        billing: 'ok',
        'order-view': 'ok',
        operations: 'ok',
        topology: 'ok',
      },
    });
    gateway.peers.health.setStatus('liveness', 'NOT_SERVING');
    const answer = await gateway.inject({ url: '/readyz' });
    gateway.peers.health.setStatus('liveness', 'SERVING');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ ready: false, checks: { orders: 'orders reports NOT_SERVING' } });
  });

  it('stays, and tells of it, when services live that are not ready, as without their database', async () => {
    gateway.peers.health.setStatus('', 'NOT_SERVING');
    const answer = await gateway.inject({ url: '/readyz' });
    gateway.peers.health.setStatus('', 'SERVING');
    expect(answer.json()).toMatchObject({
      ready: true,
      checks: { orders: 'ok', catalog: 'catalog reports NOT_SERVING' },
    });
    expect(answer.statusCode).toBe(200);
  });

  it('and metrics stand beside the API', async () => {
    expect((await gateway.inject({ url: '/healthz' })).statusCode).toBe(200);
    await place();
    const { body } = await gateway.inject({ url: '/metrics' });
    expect(body).toMatch(
      /waybill_http_request_duration_seconds_count\{[^}]*route="\/v1\/orders",[^}]*status="201"[^}]*\} \d/,
    );
  });
});
