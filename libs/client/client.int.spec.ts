import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, type WaybillClient } from './client.js';
import { ProblemError } from './problem-error.js';

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const ORDER = { id: '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10', status: 'PENDING', version: 1 };
const BODY = {
  items: [{ sku: 'TEA', quantity: 1 }],
  paymentMethod: 'pm_ok',
  shippingAddress: { name: 'A', line1: 'B', city: 'C', postalCode: '1', country: 'DE' },
};

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
const refusal = (status: number, code: string, headers: Record<string, string> = {}): Reply =>
  json(
    status,
    { type: `/docs/errors#${code}`, title: 'T', status, detail: 'Because.', instance: '/', code, traceId: 'abc' },
    headers,
  );
const hangUp: Reply = (response) => void response.socket?.destroy();

let server: Server;
let replies: Reply[];
let requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];
let pauses: number[];
let client: WaybillClient;

beforeEach(async () => {
  [replies, requests, pauses] = [[], [], []];
  server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    request.resume().on('end', () => (replies.length > 1 ? replies.shift() : replies[0])?.(response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = { pause: async (ms: number) => void pauses.push(ms), random: () => 0.5 };
  client = createClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'token',
    transport,
  });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('a write', () => {
  it('is repeated under one key until it is answered', async () => {
    replies = [refusal(503, 'UNAVAILABLE', { 'retry-after': '2' }), hangUp, json(201, ORDER)];
    await expect(client.placeOrder(BODY)).resolves.toEqual(ORDER);
    const keys = new Set(requests.map(({ headers }) => headers['idempotency-key']));
    expect({ attempts: requests.length, keys: keys.size }).toEqual({ attempts: 3, keys: 1 });
    expect([...keys][0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(pauses).toEqual([2_100, 200]);
  });

  it('has a new key each time, or the one that is given', async () => {
    replies = [json(201, ORDER)];
    await client.placeOrder(BODY);
    await client.placeOrder(BODY);
    await client.placeOrder(BODY, { idempotencyKey: 'mine' });
    const keys = requests.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('mine');
    expect(requests[0]?.headers.authorization).toBe('Bearer token');
  });
});

describe('a request to cancel', () => {
  const COMMAND = { command: '6a1a4c8e-2f57-5b0c-8f6e-0d9f3f1f7c11', status: 'pending', version: 6 };

  it('is repeated under one key, and waits for its decision only if told to', async () => {
    replies = [refusal(503, 'UNAVAILABLE'), json(202, COMMAND)];
    await expect(client.cancelOrder(ORDER.id)).resolves.toEqual(COMMAND);
    await client.cancelOrder(ORDER.id, { reason: 'Ordered twice', idempotencyKey: 'mine', waitS: 10 });
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(
      Array.from({ length: 3 }, () => `POST /v1/orders/${ORDER.id}/cancel`),
    );
    const [first, second, third] = requests.map(({ headers }) => headers);
    expect(second?.['idempotency-key']).toBe(first?.['idempotency-key']);
    expect(second?.['prefer']).toBeUndefined();
    expect(third).toMatchObject({ 'idempotency-key': 'mine', prefer: 'wait=10' });
  });

  it('that is refused says so, once', async () => {
    replies = [refusal(409, 'TOO_LATE')];
    await expect(client.cancelOrder(ORDER.id)).rejects.toMatchObject({ code: 'TOO_LATE', status: 409 });
    expect(requests).toHaveLength(1);
  });
});

describe('a failure', () => {
  it('is tried three times, then told', async () => {
    replies = [refusal(504, 'DEADLINE_EXCEEDED')];
    await expect(client.getOrder(ORDER.id)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', status: 504 });
    expect(requests).toHaveLength(3);
  });

  it('is told at once when it asks for a longer wait than a caller has', async () => {
    replies = [refusal(503, 'OVERLOADED', { 'retry-after': '30' })];
    await expect(client.placeOrder(BODY)).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterS: 30 });
    expect(requests).toHaveLength(1);
  });

  it.each([
    [409, 'OUT_OF_STOCK'],
    [409, 'REQUEST_IN_FLIGHT'],
    [422, 'UNKNOWN_SKU'],
    [401, 'UNAUTHENTICATED'],
    [500, 'INTERNAL'],
  ])('is not repeated after %i %s', async (status, code) => {
    replies = [refusal(status, code)];
    const failure = await client.placeOrder(BODY).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProblemError);
    expect(failure).toMatchObject({ code, status, message: 'Because.', traceId: 'abc' });
    expect(requests).toHaveLength(1);
  });

  it('that is no problem document comes from something in between', async () => {
    replies = [(response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>')];
    await expect(client.listOrders()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    replies = [(response) => response.writeHead(200).end('<h1>Hello</h1>')];
    await expect(client.listOrders()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('gateway'),
    });
  });

  it('to connect says so', async () => {
    server.close();
    server.closeAllConnections();
    await expect(client.listOrders()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('cannot be reached'),
    });
    expect(pauses).toEqual([100, 200]);
  });

  it('to answer in time says so', async () => {
    replies = [() => undefined];
    const began = Date.now();
    await expect(client.getProduct('TEA')).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(Date.now() - began).toBeGreaterThanOrEqual(3 * 1_990);
    expect(requests).toHaveLength(3);
  });
});

describe('a read', () => {
  it('asks for what it is told to', async () => {
    replies = [json(200, { items: [], nextCursor: null })];
    await client.listOrders({ status: 'PAID', limit: 5, cursor: 'a+b' });
    await client.getOrder(ORDER.id, { minVersion: 3 });
    await client.getProduct('A/B?');
    expect(requests.map(({ url }) => url)).toEqual([
      '/v1/orders?status=PAID&limit=5&cursor=a%2Bb',
      `/v1/orders/${ORDER.id}?minVersion=3`,
      '/v1/products/A%2FB%3F',
    ]);
  });

  it('that may be kept is asked for once, until something is written', async () => {
    replies = [json(200, ORDER, { 'cache-control': 'private, max-age=30' })];
    await client.getOrder(ORDER.id);
    await client.getOrder(ORDER.id);
    expect(requests).toHaveLength(1);
    await client.getOrder(ORDER.id, { minVersion: 2 });
    expect(requests).toHaveLength(2);
    await client.placeOrder(BODY);
    await client.getOrder(ORDER.id);
    expect(requests).toHaveLength(4);
  });

  it('that may not be kept is asked for each time', async () => {
    replies = [json(200, ORDER, { 'cache-control': 'private, no-cache' })];
    await client.getOrder(ORDER.id);
    await client.getOrder(ORDER.id);
    expect(requests).toHaveLength(2);
  });
});

describe('following an order', () => {
  const stream =
    (...events: readonly [string, object][]): Reply =>
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const [event, data] of events) response.write(`:\n\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
  const ending =
    (reply: Reply): Reply =>
    (response, request) => {
      reply(response, request);
      response.end();
    };
  const state = (version: number) => ({ ...ORDER, version });
  const seen = async (options = {}) => {
    const versions: number[] = [];
    for await (const { version } of client.orderEvents(ORDER.id, options)) versions.push(version);
    return versions;
  };

  it('gives each state, until the end', async () => {
    replies = [stream(['status', state(1)], ['status', state(2)], ['end', {}])];
    expect(await seen()).toEqual([1, 2]);
    expect(requests[0]).toMatchObject({
      url: `/v1/orders/${ORDER.id}/events`,
      headers: { accept: 'text/event-stream' },
    });
  });

  it('comes again after what it has seen, however the connection ended', async () => {
    replies = [
      ending(stream(['status', state(1)])),
      hangUp,
      refusal(503, 'UNAVAILABLE', { 'retry-after': '2' }),
      ending(stream(['status', state(2)], ['status', state(3)])),
      (response) => void response.writeHead(204).end(),
    ];
    expect(await seen()).toEqual([1, 2, 3]);
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual(['0', '1', '1', '1', '3']);
    expect(pauses).toContain(2_000);
  });

  it('begins after what its caller has seen, and ends with its signal', async () => {
    replies = [stream(['status', state(5)])];
    const leaving = new AbortController();
    const versions: number[] = [];
    for await (const { version } of client.orderEvents(ORDER.id, { lastEventId: 4, signal: leaving.signal })) {
      versions.push(version);
      leaving.abort();
    }
    expect(versions).toEqual([5]);
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual(['4']);
  });

  it('is refused as the API refuses, and fails when nobody answers from the first', async () => {
    replies = [refusal(404, 'NOT_FOUND')];
    await expect(seen()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    replies = [hangUp];
    await expect(seen()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(requests).toHaveLength(4);
  });
});
