import { describe, expect, it } from '@jest/globals';
import { withCallContext } from '#libs/grpc/call-context.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { ConfigurationError } from '#libs/kernel/config.js';
import { Guard } from './guard.js';
import { policiesConfig } from './policies.config.js';
import type { PolicyRow } from './policy.js';
import { policiesInForce } from './policy-rows.js';

const ROW: PolicyRow = {
  caller: 'test',
  dependency: 'catalog',
  method: 'getProduct',
  timeoutMs: 2_000,
  retried: false,
  breaker: null,
  bulkhead: { concurrent: 1, queued: 1 },
  fallback: null,
};
const given = async (options: CallOptions) => options;

describe('a guarded call', () => {
  it.each([
    [{}, 2_000],
    [{ deadlineMs: 500 }, 500],
    [{ deadlineMs: 60_000 }, 2_000],
    [{ deadlineMs: 60_000, waitMs: 10_000 }, 12_000],
  ])('asked with %j has %i ms', async (settings, ms) => {
    const { deadlineMs } = await new Guard(ROW).run(given, settings);
    expect(deadlineMs).toBeGreaterThan(ms - 100);
    expect(deadlineMs).toBeLessThanOrEqual(ms);
  });

  it('is cancelled with the call that is being served', async () => {
    const caller = new AbortController();
    const { signal } = await withCallContext({ signal: caller.signal }, () => new Guard(ROW).run(given));
    expect(signal).toBe(caller.signal);
  });

  it('waits for its turn, and is refused at once when as many wait as may', async () => {
    const guard = new Guard(ROW);
    let end: () => void = () => undefined;
    const first = guard.run(() => new Promise<void>((resolve) => (end = resolve)));
    const second = guard.run(given);
    await expect(guard.run(given)).rejects.toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds: '1' } });
    expect(guard.report().bulkheadNow).toEqual({ inUse: 1, waiting: 1 });
    end();
    await Promise.all([first, second]);
    expect(guard.report().bulkheadNow).toEqual({ inUse: 0, waiting: 0 });
  });

  it('whose caller has left before its turn is not made', async () => {
    const guard = new Guard(ROW);
    const caller = new AbortController();
    let end: () => void = () => undefined;
    let made = false;
    const first = guard.run(() => new Promise<void>((resolve) => (end = resolve)));
    const second = guard.run(async () => (made = true), { signal: caller.signal });
    caller.abort();
    end();
    await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await first;
    expect(made).toBe(false);
  });
});

describe('the policies in force', () => {
  const overridden = (json: string) =>
    policiesInForce('orders', policiesConfig.parse({ WAYBILL_POLICIES: json }).WAYBILL_POLICIES);

  it('are those of the table, but for what the configuration says', () => {
    const [hold] = overridden('{"orders.inventory.hold":{"timeoutMs":1500,"breaker":null}}').filter(
      ({ method }) => method === 'hold',
    );
    expect(hold).toMatchObject({ timeoutMs: 1_500, breaker: null, retried: true });
  });

  it('are refused when the configuration names what is not called', () => {
    expect(() => overridden('{"orders.inventory.reserve":{"timeoutMs":1500}}')).toThrow(ConfigurationError);
  });

  it.each(['nonsense', '{"orders.inventory.hold":{"timeout":1}}', '{"orders.inventory.hold":{"timeoutMs":0}}', '[]'])(
    'are refused when they are %s',
    (json) => expect(policiesConfig.safeParse({ WAYBILL_POLICIES: json }).success).toBe(false),
  );
});
