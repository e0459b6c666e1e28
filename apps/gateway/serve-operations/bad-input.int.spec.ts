import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import { isErrorCode, ERROR_RULES } from '#libs/contracts/errors.js';
import { listOrders, OPERATIONS, placeOrder } from '#libs/contracts/http/operations.js';
import { problem } from '#libs/contracts/http/problem.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { COMPOSED, VALID_BODY, validRequest } from '../testing/valid-requests.js';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await runGateway();
});
beforeEach(() => gateway.peers.reset());
afterAll(() => gateway.stop());

const place = (payload: string | Buffer, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> => {
  const request = validRequest(placeOrder, gateway.token);
  return gateway.inject({ ...request, payload, headers: { ...request.headers, ...headers } });
};
const placeBody = (body: unknown): Promise<LightMyRequestResponse> => place(JSON.stringify(body));

/** Refused, with a problem document, and nobody behind the edge has heard of it. */
function expectRefused(answer: LightMyRequestResponse, ...codes: readonly string[]): void {
  const document = problem.strict().parse(answer.json());
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  expect(answer.statusCode).toBeLessThan(500);
  expect(isErrorCode(document.code) && ERROR_RULES[document.code].http).toBe(answer.statusCode);
  expect(document.status).toBe(answer.statusCode);
  expect(answer.rawPayload.length).toBeLessThan(8_192);
  if (codes.length > 0) expect(codes).toContain(document.code);
  expect(gateway.peers.calls).toEqual([]);
}

const withItem = (item: unknown): unknown => ({ ...VALID_BODY, items: [item] });
const withAddress = (field: string, value: unknown): unknown => ({
  ...VALID_BODY,
  shippingAddress: { ...VALID_BODY.shippingAddress, [field]: value },
});
const manyLines = (count: number): unknown => ({
  ...VALID_BODY,
  items: Array.from({ length: count }, (_, place_) => ({ sku: `SKU-${place_}`, quantity: 1 })),
});

describe('the body of an order', () => {
  it('is served when it is right, up to every limit', async () => {
    for (const good of [
      VALID_BODY,
      manyLines(100),
      withItem({ sku: 'x', quantity: 1_000 }),
      withAddress('country', 'ZZ'),
      { ...VALID_BODY, shippingMethod: 'express', customerId: 'c' },
    ]) {
      const answer = await placeBody(good);
      expect({ status: answer.statusCode, body: answer.body }).toMatchObject({ status: 201 });
    }
  });

  const cases: readonly (readonly [string, unknown])[] = [
    ['no lines', { ...VALID_BODY, items: [] }],
    ['101 lines', manyLines(101)],
    ['1,000 lines', manyLines(1_000)],
    ['a SKU twice', { ...VALID_BODY, items: [VALID_BODY.items[0], VALID_BODY.items[0]] }],
    ['quantity 0', withItem({ sku: 'TEA', quantity: 0 })],
    ['quantity -1', withItem({ sku: 'TEA', quantity: -1 })],
    ['quantity 1.5', withItem({ sku: 'TEA', quantity: 1.5 })],
    ['quantity 1,001', withItem({ sku: 'TEA', quantity: 1_001 })],
    ['quantity 1e308', withItem({ sku: 'TEA', quantity: 1e308 })],
    ['quantity "2"', withItem({ sku: 'TEA', quantity: '2' })],
    ['quantity null', withItem({ sku: 'TEA', quantity: null })],
    ['quantity true', withItem({ sku: 'TEA', quantity: true })],
    ['an empty SKU', withItem({ sku: '', quantity: 1 })],
    ['a SKU of 65 characters', withItem({ sku: 'x'.repeat(65), quantity: 1 })],
    ['a SKU with NUL', withItem({ sku: 'TE\u0000A', quantity: 1 })],
    ['a price of the customer’s own', withItem({ sku: 'TEA', quantity: 1, unitPrice: 1 })],
    ['an unknown field', { ...VALID_BODY, discount: 100 }],
    ['an unknown field of the address', withAddress('planet', 'Mars')],
    ['a country in words', withAddress('country', 'Germany')],
    ['a country in lower case', withAddress('country', 'de')],
    ['a blank name', withAddress('name', '   ')],
    ['a name with half a character', withAddress('name', 'A\ud800da')],
    ['a name with a line break', withAddress('name', 'Ada\r\nBcc: everyone@example.com')],
    ['no address', { ...VALID_BODY, shippingAddress: undefined }],
    ['no payment method', { ...VALID_BODY, paymentMethod: undefined }],
    ['a payment method of another kind', { ...VALID_BODY, paymentMethod: 'card 4242' }],
    ['an order that is a list', [VALID_BODY]],
    ['an order that is null', null],
    ['an order that is text', 'order'],
  ];
  it.each(cases)('is refused with %s', async (_, body) => {
    expectRefused(await placeBody(body), 'INVALID_REQUEST');
  });

  it('is refused whatever one of its values is replaced by', async () => {
    const wrong = fc.oneof(
      fc.constantFrom<unknown>(null, true, false, [], {}, '', -1, 0.5, 2 ** 53, 1e300, '\u0000', [[[]]], { $ne: 1 }),
      fc
        .double({ noDefaultInfinity: true, noNaN: true })
        .filter((value) => !Number.isInteger(value) || value < 1 || value > 1_000),
      fc.array(fc.integer(), { maxLength: 3 }),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
    );
    const places = fc.constantFrom(
      ['items'],
      ['items', 0],
      ['items', 0, 'sku'],
      ['items', 0, 'quantity'],
      ['paymentMethod'],
      ['shippingAddress'],
      ['shippingAddress', 'city'],
      ['shippingAddress', 'country'],
      ['shippingMethod'],
      ['customerId'],
    );
    await fc.assert(
      fc.asyncProperty(places, wrong, async (path, value) => {
        gateway.peers.reset();
        expectRefused(await placeBody(replaced(VALID_BODY, path, value)), 'INVALID_REQUEST');
      }),
      { numRuns: 300 },
    );
  });

  it('is refused when any JSON at all takes its place, or joins it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ maxDepth: 6 }),
        fc.boolean(),
        fc.string({ minLength: 1 }),
        async (value, joins, name) => {
          gateway.peers.reset();
          fc.pre(!['customerId', 'shippingMethod', 'items', 'paymentMethod', 'shippingAddress'].includes(name));
          const text = joins
            ? `${JSON.stringify(VALID_BODY).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`
            : JSON.stringify(value);
          expectRefused(await place(text), 'INVALID_REQUEST');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is refused whatever bytes it is made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        gateway.peers.reset();
        expectRefused(await place(Buffer.from(bytes)), 'INVALID_REQUEST');
      }),
      { numRuns: 200 },
    );
  });

  const good = JSON.stringify(VALID_BODY);
  const broken: readonly (readonly [string, string | Buffer])[] = [
    ['nothing', ''],
    ['half of it', good.slice(0, -10)],
    ['a trailing comma', good.replace(/}$/, ',}')],
    ['two documents', `${good}${good}`],
    ['single quotes', good.replaceAll('"', "'")],
    ['NaN', good.replace('"quantity":2', '"quantity":NaN')],
    ['a prototype', good.replace('{', '{"__proto__":{"isAdmin":true},')],
    ['a prototype inside', good.replace('"sku"', '"__proto__":{"quantity":1},"sku"')],
    ['a constructor', good.replace('{', '{"constructor":{"prototype":{}},')],
    [
      'bad UTF-8',
      Buffer.concat([Buffer.from(good.slice(0, -3)), Buffer.from([0xff, 0xfe]), Buffer.from(good.slice(-3))]),
    ],
    ['UTF-16', Buffer.from(good, 'utf16le')],
    ['100,000 open brackets', '['.repeat(100_000)],
    ['100,000 nested lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['nesting in a field', good.replace('"pm_ok"', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)],
    ['30,000 unknown fields', `{${Array.from({ length: 20_000 }, (_, field) => `"f${field}":1`).join(',')}}`],
    ['an enormous field name', `{"${'n'.repeat(200_000)}":1}`],
    ['an enormous number', good.replace('"quantity":2', `"quantity":${'9'.repeat(10_000)}`)],
  ];
  it.each(broken)('is refused when it is %s', async (_, body) => {
    expectRefused(await place(body), 'INVALID_REQUEST');
  });

  it('is refused above 256 KiB, and read up to it', async () => {
    const padded = (bytes: number): string => good.replace(/}$/, `,"note":"${'x'.repeat(bytes - good.length - 10)}"}`);
    expect(padded(256 * 1024)).toHaveLength(256 * 1024);
    expectRefused(await place(padded(256 * 1024)), 'INVALID_REQUEST');
    expectRefused(await place(padded(256 * 1024 + 1)), 'TOO_LARGE');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonx',
    'json',
    ';',
    'application/json, text/plain',
  ])('is refused as %s', async (type) => {
    expectRefused(await place(good, { 'content-type': type }), 'UNSUPPORTED_MEDIA_TYPE');
  });

  it.each(['gzip', 'br', 'deflate', 'identity, gzip'])('is refused when it is compressed with %s', async (encoding) => {
    expectRefused(await place(good, { 'content-encoding': encoding }), 'UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('the idempotency key', () => {
  it.each(['', ' '])('is missing when it is %j', async (key) => {
    expectRefused(
      await place(JSON.stringify(VALID_BODY), { 'idempotency-key': key }),
      'IDEMPOTENCY_KEY_MISSING',
      'INVALID_REQUEST',
    );
  });

  it.each([
    ['too long', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['not ASCII', 'clé'],
    ['a control character', 'a\tb'],
  ])('is refused when it is %s', async (_, key) => {
    expectRefused(await place(JSON.stringify(VALID_BODY), { 'idempotency-key': key }), 'INVALID_REQUEST');
  });

  it('is served with 255 visible characters', async () => {
    expect((await place(JSON.stringify(VALID_BODY), { 'idempotency-key': '~'.repeat(255) })).statusCode).toBe(201);
  });
});

describe('the path and the query', () => {
  const get = (url: string): Promise<LightMyRequestResponse> =>
    gateway.inject({ url, headers: { authorization: `Bearer ${gateway.token}` } });

  it.each([
    '1',
    'x',
    '0',
    '-',
    "' or 1=1 --",
    ORDER_ID.slice(1),
    `${ORDER_ID}0`,
    'x'.repeat(5_000),
    '%00',
    '%F0%9F%98%80',
  ])('name nothing as order %j', async (id) => {
    const path = id.startsWith('%') ? id : encodeURIComponent(id);
    expectRefused(await get(`/v1/orders/${path}`), 'NOT_FOUND');
    expectRefused(await get(`/v1/orders/${path}/timeline`), 'NOT_FOUND');
  });

  it.each(['%', '%zz', '%ff', '%c3%28', 'a%2'])('are refused with the broken escape %s', async (escape) => {
    expectRefused(await get(`/v1/orders/${escape}`), 'INVALID_REQUEST');
    expectRefused(await get(`/v1/products/${escape}`), 'INVALID_REQUEST');
  });

  it.each([
    '/v1',
    '/v1/',
    '/v1/orders/',
    '//v1/orders',
    '/V1/orders',
    '/v2/orders',
    '/.env',
    '/docs/assets/nothing',
    '/docs/assets/..%2f..%2fpackage.json',
  ])('are unknown at %s', async (url) => {
    expectRefused(await get(url), 'NOT_FOUND');
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1.5',
    'limit=',
    'limit=0x10',
    'limit=1e1',
    'limit=%20',
    'limit=1&limit=2',
    'status=',
    'status=paid',
    'status=UNSPECIFIED',
    'status=PAID&status=PAID',
    'cursor=',
    'cursor=%00',
    `cursor=${'c'.repeat(513)}`,
    'sort=asc',
    '__proto__=1',
    'constructor=1',
    'limit[]=1',
    'limit=%zz',
  ])('are refused in a list with ?%s', async (query) => {
    expectRefused(await get(`/v1/orders?${query}`), 'INVALID_REQUEST');
    if (!query.startsWith('status')) expectRefused(await get(`/v1/products?${query}`), 'INVALID_REQUEST');
  });

  it.each(['minVersion=0', 'minVersion=x', 'minVersion=2147483648', 'minVersion=-1', 'version=1'])(
    'are refused for an order with ?%s',
    async (query) => {
      expectRefused(await get(`/v1/orders/${ORDER_ID}?${query}`), 'INVALID_REQUEST');
    },
  );

  it('are refused whatever the query is called, and whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webQueryParameters({ size: 'small' }), async (query) => {
        gateway.peers.reset();
        const known = [...new URLSearchParams(query).keys()].every((name) =>
          ['limit', 'cursor', 'status'].includes(name),
        );
        fc.pre(!known);
        expectRefused(await get(`${listOrders.path}?${query}`), 'INVALID_REQUEST');
      }),
      { numRuns: 200 },
    );
  });

  it.each(['DELETE', 'PUT', 'OPTIONS'] as const)('have no method %s, and say which they have', async (method) => {
    const answer = await gateway.inject({
      method,
      url: `/v1/orders/${ORDER_ID}`,
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    expectRefused(answer, 'METHOD_NOT_ALLOWED');
    expect(answer.headers['allow']).toBe('GET, HEAD, PATCH');
    expect((await gateway.inject({ method, url: '/v1/orders' })).headers['allow']).toBe('GET, HEAD, POST');
  });
});

describe('the token', () => {
  const foreign = async (): Promise<Record<string, string>> => {
    const [header, payload, signature] = gateway.token.split('.') as [string, string, string];
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    return {
      'no token': '',
      'no scheme': gateway.token,
      'another scheme': `Basic ${gateway.token}`,
      'an empty token': 'Bearer ',
      'a word': 'Bearer token',
      'no signature': `Bearer ${header}.${payload}.`,
      'a changed subject': `Bearer ${header}.${encode({ ...claims, sub: 'operator' })}.${signature}`,
      'algorithm none': `Bearer ${encode({ alg: 'none' })}.${payload}.`,
      'algorithm HS256': `Bearer ${encode({ alg: 'HS256', typ: 'JWT' })}.${payload}.${signature}`,
      'an unknown key': `Bearer ${encode({ alg: 'ES256', kid: '../../etc/passwd' })}.${payload}.${signature}`,
      'an expired one': `Bearer ${await gateway.issuer.issueToken({ subject: 'customer-1', scopes: ['orders:read', 'orders:write'], lifetimeSeconds: -60 })}`,
      'two tokens': `Bearer ${gateway.token} ${gateway.token}`,
    };
  };

  it('is refused in every wrong form, by every route that wants one', async () => {
    const protectedRoutes = OPERATIONS.filter(({ access }) => access.kind === 'token');
    for (const [form, authorization] of Object.entries(await foreign())) {
      for (const operation of protectedRoutes) {
        const request = validRequest(operation, gateway.tokenFor(operation));
        const answer = await gateway.inject({ ...request, headers: { ...request.headers, authorization } });
        expect({ form, route: operation.id, status: answer.statusCode }).toEqual({
          form,
          route: operation.id,
          status: 401,
        });
        expect(answer.headers['www-authenticate']).toContain('Bearer');
        expectRefused(answer, 'UNAUTHENTICATED');
      }
    }
  });

  it('opens each route for its own scopes only', async () => {
    const scopes = ['orders:read', 'orders:write', 'ops'] as const;
    for (const scope of scopes) {
      const token = await gateway.issuer.issueToken({ subject: 'customer-1', scopes: [scope] });
      for (const operation of OPERATIONS) {
        if (operation.access.kind !== 'token') continue;
        const allowed = operation.access.scopes.length === 0 || operation.access.scopes.includes(scope);
        gateway.peers.reset();
        const { statusCode } = await gateway.inject(validRequest(operation, token));
        expect({
          scope,
          route: operation.id,
          served: statusCode < 400,
          calls: COMPOSED.has(operation.id) ? Number(allowed) : gateway.peers.calls.length,
        }).toEqual({
          scope,
          route: operation.id,
          served: allowed,
          calls: allowed ? 1 : 0,
        });
        if (!allowed) expect(statusCode).toBe(403);
      }
    }
  });

  it('is asked for before the body is looked at', async () => {
    expectRefused(
      await gateway.inject({ ...validRequest(placeOrder, 'no-token'), payload: '{broken' }),
      'UNAUTHENTICATED',
    );
  });
});

/** A copy of `value` with another value at `path`. */
function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, place_) => (place_ === first ? replaced(item, rest, by) : (item as unknown)));
  const fields = value as Record<string, unknown>;
  return { ...fields, [first]: replaced(fields[first], rest, by) };
}
