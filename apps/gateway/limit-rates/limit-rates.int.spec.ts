import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { getOrder, OPERATIONS, placeOrder, receiveCarrierWebhook } from '#libs/contracts/http/operations.js';
import { listDeadLetters } from '#libs/contracts/http/ops.js';
import { metrics } from '#libs/telemetry/metrics.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { validRequest } from '../testing/valid-requests.js';

let gateway: RunningGateway;

/** Slow enough that nothing flows back while a test runs. */
const SETTINGS = {
  WAYBILL_RATE_LIMIT: 'on',
  WAYBILL_RATE_ADDRESS: '1/s burst 100',
  WAYBILL_RATE_FAILURES: '1/s burst 3',
  WAYBILL_RATE_WEBHOOKS: '1/s burst 2',
  WAYBILL_RATE_CALLER: '1/s burst 8',
  WAYBILL_RATE_READS: '1/s burst 6',
  WAYBILL_RATE_WRITES: '1/s burst 4',
  WAYBILL_RATE_OPS: '1/s burst 2',
  WAYBILL_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8',
  // Nobody listens there.
  WAYBILL_REDIS_URL: 'redis://127.0.0.1:1',
};

beforeAll(async () => {
  gateway = await runGateway(SETTINGS);
});
afterAll(() => gateway.stop());

let people = 0;
async function given(): Promise<{ token: string; from: string }> {
  people += 1;
  const token = await gateway.issuer.issueToken({
    subject: `customer-${people}`,
    scopes: ['orders:read', 'orders:write'],
  });
  return { token, from: `192.0.2.${people}` };
}

const ask = (request: InjectOptions, from: string): Promise<LightMyRequestResponse> =>
  gateway.inject({ ...request, headers: { ...request.headers, 'x-forwarded-for': from } });
async function times(count: number, request: () => Promise<LightMyRequestResponse>): Promise<number[]> {
  const statuses: number[] = [];
  for (let asked = 0; asked < count; asked += 1) statuses.push((await request()).statusCode);
  return statuses;
}

describe('a customer who asks too often', () => {
  it('is refused with the seconds to wait, and told what is left before', async () => {
    const { token, from } = await given();
    const place = () => ask(validRequest(placeOrder, token), from);
    const first = await place();
    expect(first.statusCode).toBe(201);
    expect(first.headers['ratelimit-policy']).toBe('"address";q=100;w=100, "caller";q=8;w=8, "write";q=4;w=4');
    expect(first.headers['ratelimit']).toBe('"address";r=99;t=1, "caller";r=7;t=1, "write";r=3;t=1');
    expect(await times(4, place)).toEqual([201, 201, 201, 429]);
    const refused = await place();
    expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.headers['ratelimit']).toMatch(/"write";r=0;t=4/);
  });

  it('still reads, until all its requests together are too many, and from everywhere', async () => {
    const { token, from } = await given();
    await times(4, () => ask(validRequest(placeOrder, token), from));
    const read = () => ask(validRequest(getOrder, token), '192.0.2.200');
    expect(await times(5, read)).toEqual([200, 200, 200, 200, 429]);
  });

  it('takes nothing from another customer behind the same address', async () => {
    const [ada, grace] = [await given(), await given()];
    await times(9, () => ask(validRequest(getOrder, ada.token), ada.from));
    expect((await ask(validRequest(getOrder, grace.token), ada.from)).statusCode).toBe(200);
  });
});

describe('an address from which too much comes', () => {
  it('is refused before anything is read, on paths that do not exist too; probes are not counted', async () => {
    const { token, from } = await given();
    expect(new Set(await times(100, () => ask({ url: '/nothing' }, from)))).toEqual(new Set([404]));
    expect((await ask({ url: '/nothing' }, from)).json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect((await ask(validRequest(getOrder, token), from)).statusCode).toBe(429);
    expect((await ask({ url: '/healthz' }, from)).statusCode).toBe(200);
    expect((await ask(validRequest(getOrder, token), '192.0.2.250')).statusCode).toBe(200);
  });

  it('that guesses tokens is soon told no more than that; who has one is still served there', async () => {
    const { token, from } = await given();
    const guess = () => ask({ url: '/v1/orders', headers: { authorization: 'Bearer guessed' } }, from);
    expect(await times(5, guess)).toEqual([401, 401, 401, 429, 429]);
    expect((await ask(validRequest(getOrder, token), from)).statusCode).toBe(200);
  });

  it('is the one that a trusted proxy names last, whatever the client wrote before it', async () => {
    const bad = { url: '/v1/orders', headers: { authorization: 'Bearer x' } };
    const forged = (spoof: number) => ask(bad, `203.0.113.${spoof}, 192.0.2.251, 10.1.2.3`);
    let spoof = 0;
    expect(await times(4, () => forged((spoof += 1)))).toEqual([401, 401, 401, 429]);
  });

  it('that sends webhooks has a bucket for them alone', async () => {
    const { from } = await given();
    const report = () => ask(validRequest(receiveCarrierWebhook, ''), from);
    expect(await times(3, report)).toEqual([202, 202, 429]);
  });
});

describe('the limits', () => {
  it('hold for operators too', async () => {
    const { from } = await given();
    const request = validRequest(listDeadLetters, gateway.tokenFor(listDeadLetters));
    expect(await times(3, () => ask(request, from))).toEqual([200, 200, 429]);
  });

  it('are described for every route', async () => {
    const document = (await gateway.inject({ url: '/openapi.json', remoteAddress: '192.0.2.252' })).json<{
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
    }>();
    const silent = OPERATIONS.filter(
      ({ path, method }) => document.paths[path]?.[method]?.responses['429'] === undefined,
    );
    expect(silent).toEqual([]);
  });

  it('hold in this process while Redis is away, and a metric says so', async () => {
    expect(await metrics.getSingleMetricAsString('waybill_rate_limit_shared')).toMatch(
      /waybill_rate_limit_shared\S* 0$/m,
    );
    expect(await metrics.getSingleMetricAsString('waybill_rate_limited_total')).toMatch(/policy="write"\} [1-9]/);
  });
});

describe('without trusted proxies', () => {
  it('nobody’s word on where a request came from is believed', async () => {
    const alone = await runGateway({ WAYBILL_RATE_LIMIT: 'on', WAYBILL_RATE_FAILURES: '1/s burst 2' });
    try {
      const guess = (from: string) => alone.inject({ url: '/v1/orders', headers: { 'x-forwarded-for': from } });
      const statuses = [];
      for (const from of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) statuses.push((await guess(from)).statusCode);
      expect(statuses).toEqual([401, 401, 429]);
    } finally {
      await alone.stop();
    }
  });
});
