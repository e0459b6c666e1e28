import { connect } from 'node:net';
import { METHODS } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { problem } from '#libs/contracts/http/problem.js';
import { eventually } from '#libs/testing/eventually.js';
import { REQUEST_TIMEOUT_MS, runGateway, type RawAnswer, type RunningGateway } from '../testing/running-gateway.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { VALID_BODY } from '../testing/valid-requests.js';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await runGateway();
});
beforeEach(() => gateway.peers.reset());
afterAll(() => gateway.stop());

const BODY = JSON.stringify(VALID_BODY);
/** Ten MiB, sent as ten KiB. */
const BOMB = gzipSync(Buffer.alloc(10 * 1024 * 1024));
const head = (start: string, ...headers: readonly string[]): string =>
  [start, 'host: waybill', 'connection: close', ...headers].join('\r\n') + '\r\n\r\n';
const post = (...headers: readonly string[]): string =>
  head(
    'POST /v1/orders HTTP/1.1',
    `authorization: Bearer ${gateway.token}`,
    'idempotency-key: key-1',
    'content-type: application/json',
    ...headers,
  );

function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect({ status: answer.status, code: (JSON.parse(answer.body) as { code: string }).code }).toEqual({ status, code });
  problem.strict().parse(JSON.parse(answer.body));
  expect(answer.head.toLowerCase()).toContain('content-type: application/problem+json');
  expect(answer.head.toLowerCase()).toMatch(/traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/);
  expect(gateway.peers.calls).toEqual([]);
}

describe('a connection', () => {
  it('is served when it carries a request', async () => {
    expect((await gateway.raw(post(`content-length: ${BODY.length}`), BODY)).status).toBe(201);
    expect(
      (await gateway.raw(post('transfer-encoding: chunked'), `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`))
        .status,
    ).toBe(201);
    expect((await gateway.raw(post(`content-length: ${BODY.length}`, 'expect: the-unexpected'), BODY)).status).toBe(
      201,
    );
  });

  it('is served with a hundred headers', async () => {
    const authorization = `authorization: Bearer ${gateway.token}`;
    const others = Array.from({ length: 97 }, (_, place) => `x-${place}: x`);
    expect((await gateway.raw(head(`GET /v1/orders/${ORDER_ID} HTTP/1.1`, ...others, authorization))).status).toBe(200);
  });

  it.each(['gzip', 'deflate, br', 'GZIP', 'x-bomb'])('is told to send %s uncompressed', async (encoding) => {
    const headers = [`content-encoding: ${encoding}`, `content-length: ${BOMB.length}`];
    expectProblem(await gateway.raw(post(...headers), BOMB), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const bulk = head(
      'POST /v1/orders/bulk HTTP/1.1',
      `authorization: Bearer ${gateway.token}`,
      'content-type: application/x-ndjson',
      ...headers,
    );
    expectProblem(await gateway.raw(bulk, BOMB), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  const malformed: readonly (readonly [string, string | Buffer, number, string])[] = [
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'INVALID_REQUEST'],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01]), 400, 'INVALID_REQUEST'],
    ['an unknown method', head('HACK /v1/orders HTTP/1.1'), 400, 'INVALID_REQUEST'],
    ['an unknown version', head('GET /v1/orders HTTP/3.7'), 400, 'INVALID_REQUEST'],
    ['two lengths', head('POST /v1/orders HTTP/1.1', 'content-length: 1', 'content-length: 2'), 400, 'INVALID_REQUEST'],
    [
      'a length and chunks',
      head('POST /v1/orders HTTP/1.1', 'content-length: 1', 'transfer-encoding: chunked'),
      400,
      'INVALID_REQUEST',
    ],
    ['a negative length', head('POST /v1/orders HTTP/1.1', 'content-length: -1'), 400, 'INVALID_REQUEST'],
    ['a header without a name', head('GET /v1/orders HTTP/1.1', ': x'), 400, 'INVALID_REQUEST'],
    ['a header with NUL', head('GET /v1/orders HTTP/1.1', 'x-nul: a\0b'), 400, 'INVALID_REQUEST'],
    ['a header of 20 KiB', head('GET /v1/orders HTTP/1.1', `x-long: ${'x'.repeat(20_000)}`), 431, 'HEADERS_TOO_LARGE'],
    [
      '20 KiB of headers',
      head('GET /v1/orders HTTP/1.1', ...Array.from({ length: 1_000 }, (_, place) => `x-${place}: some value`)),
      431,
      'HEADERS_TOO_LARGE',
    ],
    [
      '101 headers',
      head('GET /v1/orders HTTP/1.1', ...Array.from({ length: 99 }, (_, place) => `x-${place}: x`)),
      431,
      'HEADERS_TOO_LARGE',
    ],
    [
      '500 headers, to a path that there is not',
      head('GET /nowhere HTTP/1.1', ...Array.from({ length: 498 }, (_, place) => `x-${place}: x`)),
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['a path of 20 KiB', head(`GET /v1/orders/${'x'.repeat(20_000)} HTTP/1.1`), 431, 'HEADERS_TOO_LARGE'],
    ['a tunnel', head('CONNECT example.com:443 HTTP/1.1'), 405, 'METHOD_NOT_ALLOWED'],
    ['a path to the outside', head('GET /docs/assets/../../package.json HTTP/1.1'), 404, 'NOT_FOUND'],
    ['dots in the path', head('GET /v1/orders/../orders HTTP/1.1'), 404, 'NOT_FOUND'],
    [
      'raw bytes in the path',
      Buffer.concat([
        Buffer.from('GET /v1/orders/'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from(' HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
      ]),
      400,
      'INVALID_REQUEST',
    ],
  ];
  it.each(malformed)('is told what is wrong with %s', async (_, bytes, status, code) => {
    expectProblem(await gateway.raw(bytes), status, code);
  });

  it('is told when a chunk of its body is broken', async () => {
    expectProblem(await gateway.raw(post('transfer-encoding: chunked'), 'zz\r\nhello\r\n'), 400, 'INVALID_REQUEST');
  });

  it('is told of a body that is too large before it has sent it', async () => {
    expectProblem(await gateway.raw(post(`content-length: ${10 ** 9}`)), 413, 'TOO_LARGE');
    expectProblem(
      await gateway.raw(post('transfer-encoding: chunked'), `50000\r\n${'x'.repeat(0x50000)}\r\n`),
      413,
      'TOO_LARGE',
    );
  });

  it('is told that its Authorization header came twice', async () => {
    const authorization = `authorization: Bearer ${gateway.token}`;
    expectProblem(
      await gateway.raw(head(`GET /v1/orders/${ORDER_ID} HTTP/1.1`, authorization, authorization)),
      401,
      'UNAUTHENTICATED',
    );
  });

  it('is told that its key came twice', async () => {
    expectProblem(
      await gateway.raw(post(`content-length: ${BODY.length}`, 'idempotency-key: key-2'), BODY),
      400,
      'INVALID_REQUEST',
    );
  });

  it.each(METHODS.filter((method) => !['GET', 'HEAD', 'PATCH', 'CONNECT', 'QUERY'].includes(method)))(
    'is told that an order has no %s',
    async (method) => {
      const answer = await gateway.raw(head(`${method} /v1/orders/${ORDER_ID} HTTP/1.1`));
      expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
      expect(answer.head.toLowerCase()).toContain('allow: get, head, patch');
    },
  );

  it('gets an answer of its own to HEAD, without a body', async () => {
    const answer = await gateway.raw(
      head(`HEAD /v1/orders/${ORDER_ID} HTTP/1.1`, `authorization: Bearer ${gateway.token}`),
    );
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.head.toLowerCase()).toContain('etag: "1"');
  });

  it('never gets a 5xx, whatever bytes it sends', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      fc
        .array(
          fc.constantFrom(
            'GET ',
            'POST ',
            '/v1/orders',
            ' HTTP/1.1',
            '\r\n',
            '\r\n\r\n',
            'host: x',
            'content-length: 5',
            '\0',
            '{}',
            'transfer-encoding: chunked',
            ':',
            '%',
            ' ',
          ),
          { maxLength: 12 },
        )
        .map((parts) => Buffer.from(parts.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        // What is left incomplete is cut off by closing our side: a whole answer or none may come.
        const answer = await halfClosed(sent);
        for (const [, status] of answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)) expect(Number(status)).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a slow sender', () => {
  it.each([
    ['its headers', () => 'GET /v1/orders HTTP/1.1\r\nhost: x\r\nx-slow: '],
    ['its body', () => post('content-length: 500') + BODY.slice(0, 20)],
  ])('is cut off while it sends %s', async (_, start) => {
    const began = Date.now();
    const socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(start());
    const drip = setInterval(() => socket.write('x'), 100);
    const answer = await text(socket).finally(() => clearInterval(drip));
    expect(answer).toContain('HTTP/1.1 408 ');
    expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(Date.now() - began).toBeLessThan(REQUEST_TIMEOUT_MS + 6_000);
    expect(gateway.peers.calls).toEqual([]);
  });

  it('does not keep others waiting', async () => {
    const sockets = Array.from({ length: 200 }, () => connect(gateway.port, '127.0.0.1').on('error', () => undefined));
    for (const socket of sockets) socket.write('POST /v1/orders HTTP/1.1\r\n');
    const began = Date.now();
    expect((await gateway.raw(post(`content-length: ${BODY.length}`), BODY)).status).toBe(201);
    expect(Date.now() - began).toBeLessThan(5_000);
    for (const socket of sockets) socket.destroy();
  });
});

describe('a client that goes away', () => {
  it('takes its call behind the edge with it', async () => {
    gateway.peers.script('createOrder', 'silence');
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write(post(`content-length: ${BODY.length}`) + BODY);
    const call = await eventually(() => gateway.peers.calls[0] ?? false);
    if (call === false) throw new Error('no call');
    expect(call.cancelled).toBe(false);
    socket.destroy();
    await eventually(() => call.cancelled, { withinMs: 1_000 });
  });

  it('leaves the gateway well when it goes in the middle of its body', async () => {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write(post('content-length: 500') + BODY.slice(0, 20), () => socket.resetAndDestroy());
    await eventually(() => socket.destroyed);
    expect((await gateway.raw(post(`content-length: ${BODY.length}`), BODY)).status).toBe(201);
  });
});

describe('none of this', () => {
  it('is ever the gateway’s fault', async () => {
    const { body } = await gateway.inject({ url: '/metrics' });
    expect(body).toContain('waybill_http_request_duration_seconds_count');
    expect(body).not.toMatch(/status="5/);
  });
});

async function halfClosed(bytes: Buffer): Promise<string> {
  const socket = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.end(bytes);
  return text(socket).catch(() => '');
}
