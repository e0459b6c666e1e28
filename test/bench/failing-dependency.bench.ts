import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runGateway, type RunningGateway } from '../../apps/gateway/testing/running-gateway.js';
import { ORDER_ID } from '../../apps/gateway/testing/bulk-stand-in.js';
import type { Behaviour } from '../../apps/gateway/testing/stand-ins.js';
import { listBreakers, type BreakerList } from '#libs/contracts/http/resilience.js';
import { WaybillError } from '#libs/kernel/errors.js';

/**
 * `npm run bench:failing-dependency`: the gateway as it runs, before stand-ins, under load. The catalogue fails each call, then answers
 * none for longer than anybody waits, and comes back each time.
 */
const RATE = { products: 60, orders: 30, dashboard: 10 };
const TROUBLE_MS = 15_000;
const CATALOG = ['getProduct', 'recommend', 'listPopular'] as const;

interface Seen {
  readonly route: keyof typeof RATE;
  readonly status: number;
  readonly at: number;
  readonly ms: number;
  readonly body: string;
}

let gateway: RunningGateway;
beforeAll(async () => {
  // Products are not kept, so that each request needs the catalogue; popular ones are, for they are the stand-in.
  gateway = await runGateway({ WAYBILL_RATE_LIMIT: 'off', WAYBILL_POPULAR_MAX_AGE_MS: '3600000' });
});
afterAll(() => gateway.stop());

const PATHS = { products: '/v1/products/TEA', orders: `/v1/orders/${ORDER_ID}`, dashboard: '/v1/dashboard' };
const headers = () => ({ authorization: `Bearer ${gateway.token}` });
const attempts = () => gateway.peers.calls.filter(({ method }) => method === 'getProduct').length;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function breakerState(): Promise<string | undefined> {
  const authorization = `Bearer ${gateway.tokenFor(listBreakers)}`;
  const answer = await fetch(`${gateway.url}/v1/ops/breakers`, { headers: { authorization } });
  const { items } = (await answer.json()) as BreakerList;
  return items.find(({ method }) => method === 'getProduct')?.state;
}

async function refusedByBreaker(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(
    /waybill_calls_refused_total\{[^}]*method="getProduct"[^}]*by="breaker"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0,
  );
}

/** Asks at a fixed rate, whatever the answers do, until told to stop. */
function offer(): { readonly seen: Seen[]; readonly stop: () => Promise<void> } {
  const seen: Seen[] = [];
  const open = new Set<Promise<void>>();
  const timers = Object.entries(RATE).map(([name, perSecond]) => {
    const route = name as keyof typeof RATE;
    return setInterval(() => {
      const began = performance.now();
      const asking = fetch(`${gateway.url}${PATHS[route]}`, { headers: headers() })
        .then(async (answer) => {
          const body = await answer.text();
          seen.push({ route, status: answer.status, at: began, ms: performance.now() - began, body });
        })
        .finally(() => open.delete(asking));
      open.add(asking);
    }, 1_000 / perSecond);
  });
  return {
    seen,
    stop: async () => {
      timers.forEach(clearInterval);
      await Promise.all(open);
    },
  };
}

async function untilState(wanted: string, withinMs: number): Promise<number> {
  const began = Date.now();
  while ((await breakerState()) !== wanted) {
    if (Date.now() - began > withinMs) return Infinity;
    await pause(50);
  }
  return Date.now() - began;
}

describe.each([
  ['fails every call', new WaybillError('UNAVAILABLE', 'Away.') as Behaviour<'getProduct'>],
  ['answers nothing for ten seconds and more', 'silence' as Behaviour<'getProduct'>],
])('the catalogue %s', (name, behaviour) => {
  it('and what does not need it goes on', async () => {
    gateway.peers.reset();
    const healthy = offer();
    await pause(3_000);
    await healthy.stop();
    const [attemptsBefore, refusedBefore] = [attempts(), await refusedByBreaker()];

    for (const method of CATALOG) gateway.peers.script(method, behaviour);
    const began = Date.now();
    const trouble = offer();
    const openedMs = await untilState('open', TROUBLE_MS);
    await pause(TROUBLE_MS - (Date.now() - began));
    const made = attempts() - attemptsBefore;
    const refused = (await refusedByBreaker()) - refusedBefore;
    const healedAt = performance.now();
    for (const method of CATALOG) gateway.peers.script(method, {});
    const closedMs = await untilState('closed', 30_000);
    await trouble.stop();

    const of = (route: keyof typeof RATE) => trouble.seen.filter((one) => one.route === route);
    const products = of('products');
    const failed = products.filter(({ status }) => status >= 500);
    const requests = products.filter(({ at }) => at < healedAt).length;
    const perRequest = made / requests;
    const perCall = made / Math.max(1, requests - refused);
    const others = of('orders').filter(({ status }) => status >= 500).length;
    const dashboards = of('dashboard');
    const withPopular = dashboards.filter(({ body }) => body.includes('"stale":true')).length;
    process.stdout.write(
      `${[
        `the catalogue ${name}`,
        `  attempts per request ${perRequest.toFixed(3)}; per call that the breaker let through ${perCall.toFixed(2)} (${made} attempts)`,
        `  the breaker opened after ${openedMs} ms, closed ${closedMs} ms after the catalogue was back`,
        `  products: ${failed.length} of ${products.length} failed, p50 ${p(failed, 0.5)} ms, p99 ${p(failed, 0.99)} ms`,
        `  orders: ${others} errors of ${of('orders').length}, p99 ${p(of('orders'), 0.99)} ms`,
        `  dashboard: ${dashboards.filter(({ status }) => status === 200).length} of ${dashboards.length} were 200, ${withPopular} with popular products, p99 ${p(dashboards, 0.99)} ms`,
      ].join('\n')}\n`,
    );
    expect(perRequest).toBeLessThanOrEqual(1.2);
    expect(others).toBe(0);
    expect(dashboards.every(({ status }) => status === 200)).toBe(true);
    expect(openedMs).toBeLessThan(6_000);
    expect(closedMs).toBeLessThan(12_000);
  }, 90_000);
});

function p(seen: readonly Seen[], share: number): number {
  const sorted = seen.map(({ ms }) => ms).sort((one, other) => one - other);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}
