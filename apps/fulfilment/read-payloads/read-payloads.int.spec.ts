import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serviceConfig } from '#libs/kernel/config.js';
import { createService } from '#libs/kernel/run-service.js';
import { openDevIssuer, type DevIssuer } from '#libs/security/dev-issuer.js';
import { TokenVerifier } from '#libs/security/tokens.js';
import { EncryptingCodec } from '#libs/temporal/encrypting-codec.js';
import { Keyring } from '#libs/temporal/keyring.js';
import { readable } from '#libs/temporal/readable.js';
import { freePort } from '#libs/testing/free-port.js';
import { TEST_KEYS, testKey } from '#libs/testing/payload-keys.js';
import { ReadPayloadsModule } from './read-payloads.module.js';
import { Sessions } from './sessions.js';
import { fromWire, toWire, type WirePayloads } from './wire.js';

const UI = 'http://127.0.0.1:8233';
const HOUR_MS = 3_600_000;
const ORDER = { shippingAddress: { name: 'Ada Lovelace' } };

let folder: string;
let issuer: DevIssuer;
let app: NestFastifyApplication;
let codec: string;
let operator: string;
let customer: string;
let secret: WirePayloads;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-payloads-'));
  issuer = await openDevIssuer(folder);
  const listen = `127.0.0.1:${await freePort()}`;
  const tokens = new TokenVerifier({ jwksUrl: issuer.jwksUrl, issuer: issuer.issuer });
  app = await createService({
    name: 'read-payloads',
    module: ReadPayloadsModule.with({ keys: TEST_KEYS, tokens, uiOrigin: UI, sessionMs: HOUR_MS }),
    config: serviceConfig.parse({ WAYBILL_PROBE_LISTEN: listen }),
  });
  codec = `http://${listen}/codec`;
  const bearer = async (subject: string, ...scopes: ('orders:read' | 'orders:write' | 'ops')[]) =>
    `Bearer ${await issuer.issueToken({ subject, scopes })}`;
  operator = await bearer('operator', 'ops');
  customer = await bearer('cus-ada', 'orders:read', 'orders:write');
  secret = await encryptedBy(TEST_KEYS);
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

async function encryptedBy(keys: Keyring): Promise<WirePayloads> {
  const payloads = await new EncryptingCodec(keys).encode([defaultPayloadConverter.toPayload(ORDER)]);
  return { payloads: payloads.map(toWire) };
}
const decode = (headers: Record<string, string>, body: unknown = secret): Promise<Response> =>
  fetch(`${codec}/decode`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
    body: JSON.stringify(body),
  });
const openSession = (authorization: string): Promise<Response> =>
  fetch(`${codec}/session`, { method: 'POST', headers: { authorization } });
async function read(answer: Response): Promise<unknown[]> {
  expect(answer.status).toBe(200);
  const { payloads } = (await answer.json()) as WirePayloads;
  return payloads.map((payload) => defaultPayloadConverter.fromPayload(fromWire(payload)));
}

describe('an operator', () => {
  it('reads payloads by its token, from a command line', async () => {
    const answer = await decode({ authorization: operator });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await read(answer)).toEqual([ORDER]);
  });

  it('opens a session by its token, and reads by that on Temporal’s page, which is told that it may', async () => {
    const opened = await openSession(operator);
    expect(opened.status).toBe(204);
    const cookie = opened.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^waybill-payloads=[\w.-]+; Path=\/codec; Max-Age=3600; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(operator.slice(7, 40));
    const asked = await decode({ origin: UI, cookie: cookie.slice(0, cookie.indexOf(';')) });
    expect(asked.headers.get('access-control-allow-origin')).toBe(UI);
    expect(asked.headers.get('access-control-allow-credentials')).toBe('true');
    expect(await read(asked)).toEqual([ORDER]);
  });

  it('is told which key is missing, or that a payload was tampered with', async () => {
    const foreign = await encryptedBy(Keyring.parse(testKey('lost')));
    const answer = await decode({ authorization: operator }, foreign);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'INVALID_REQUEST',
      detail: expect.stringMatching(/^UNKNOWN_KEY.*"lost"/),
    });
    const [payload] = secret.payloads;
    const tampered = { payloads: [{ ...payload, data: Buffer.alloc(64).toString('base64') }] };
    expect(await (await decode({ authorization: operator }, tampered)).text()).toContain('NOT_AUTHENTIC');
  });
});

describe('nobody else', () => {
  const cookieOf = (sessions: Sessions, forMs = HOUR_MS) => `waybill-payloads=${sessions.open('operator', forMs)}`;
  const ours = new Sessions(TEST_KEYS);

  it.each<[string, number, () => Record<string, string>]>([
    ['without a token', 401, () => ({})],
    ['without a token, on Temporal’s page', 401, () => ({ origin: UI })],
    ['with a customer’s token', 403, () => ({ authorization: customer })],
    ['with a forged token', 401, () => ({ authorization: `${operator.slice(0, -4)}AAAA` })],
    [
      'on another page, though with an operator’s token',
      403,
      () => ({ authorization: operator, origin: 'http://evil.example' }),
    ],
    [
      'on another page, though with an operator’s session',
      403,
      () => ({ cookie: cookieOf(ours), origin: 'http://127.0.0.1:9' }),
    ],
    ['on no page, with a session alone', 401, () => ({ cookie: cookieOf(ours) })],
    ['with a session that is over', 401, () => ({ origin: UI, cookie: cookieOf(ours, -1) })],
    [
      'with a session of other keys',
      401,
      () => ({ origin: UI, cookie: cookieOf(new Sessions(Keyring.parse(testKey('test', 9)))) }),
    ],
    ['with a session made up', 401, () => ({ origin: UI, cookie: 'waybill-payloads=eyJzdWJqZWN0IjoieCJ9.AAAA' })],
  ])('reads a payload: %s, it is %i', async (_, status, headers) => {
    const answer = await decode(headers());
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain('Ada');
  });

  it('opens a session: a customer is refused, and who is not known', async () => {
    for (const [authorization, status] of [
      [customer, 403],
      ['Bearer nothing', 401],
    ] as const) {
      const answer = await openSession(authorization);
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([status, null]);
    }
  });

  it('is let through by a browser: only Temporal’s page may ask', async () => {
    const preflight = (origin: string) => fetch(`${codec}/decode`, { method: 'OPTIONS', headers: { origin } });
    const [page, other] = [await preflight(UI), await preflight('http://evil.example')];
    expect([page.status, page.headers.get('access-control-allow-headers')]).toEqual([
      204,
      expect.stringContaining('x-namespace'),
    ]);
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  it.each([[null], [{}], [{ payloads: 'x' }], [{ payloads: [{ data: '%%%' }] }]])(
    'is served nonsense: %j is 400',
    async (body) => {
      expect((await decode({ authorization: operator }, body)).status).toBe(400);
    },
  );
});

describe('anybody', () => {
  it('gets back, on Temporal’s page, what is readable without a key, and nothing beside it that is not', async () => {
    const summary = toWire(defaultPayloadConverter.toPayload(readable('Charging the payment')));
    const alone = await decode({ origin: UI }, { payloads: [summary] });
    expect(alone.headers.get('access-control-allow-origin')).toBe(UI);
    expect(await read(alone)).toEqual([readable('Charging the payment')]);
    expect((await decode({ origin: UI }, { payloads: [summary, ...secret.payloads] })).status).toBe(401);
    expect((await decode({ origin: 'http://evil.example' }, { payloads: [summary] })).status).toBe(403);
  });
});

describe('the page behind the link', () => {
  it('may run its own script only, and be shown in no other page', async () => {
    const answer = await fetch(codec);
    expect(await answer.text()).toContain('Include cross-origin credentials');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'sha256-.*frame-ancestors 'none'/,
    );
  });
});
