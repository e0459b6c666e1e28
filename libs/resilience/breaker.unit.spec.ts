import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WaybillError } from '#libs/kernel/errors.js';
import { Breaker } from './breaker.js';
import { BREAKER } from './policy.js';
import { verdictOf } from './verdict.js';

const FULL = { givenMs: 2_000, timeoutMs: 2_000 };
const unavailable = new WaybillError('UNAVAILABLE', 'away');
let breaker: Breaker;
let states: string[];
let asked: number;

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
  states = [];
  asked = 0;
  breaker = new Breaker('catalog.getProduct', BREAKER, (to) => states.push(to));
});
afterEach(() => {
  jest.useRealTimers();
});

const call = (end: 'ok' | Error, times = FULL) =>
  breaker.run(
    async () => {
      asked += 1;
      if (end !== 'ok') throw end;
      return 'answer';
    },
    (error) => verdictOf(error, times),
  );
const fail = async (times: number, error: Error = unavailable) => {
  for (let n = 0; n < times; n += 1) await expect(call(error)).rejects.toBe(error);
};

describe('a breaker', () => {
  it('stays closed below ten calls, and opens with the tenth when half of them have failed', async () => {
    for (let n = 0; n < 5; n += 1) await call('ok');
    await fail(4);
    expect(breaker.state).toBe('closed');
    await fail(1);
    expect(breaker.state).toBe('open');
  });

  it('refuses at once while open, and says how long', async () => {
    await fail(10);
    jest.advanceTimersByTime(3_500);
    await expect(call('ok')).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { retryAfterSeconds: '7' } });
    expect(asked).toBe(10);
  });

  it('lets one call through when its time has come, refuses the others meanwhile, and closes when it is answered', async () => {
    await fail(10);
    jest.advanceTimersByTime(BREAKER.openMs);
    let answer: (value: string) => void = () => undefined;
    const probe = breaker.run(
      (probing) => new Promise<string>((resolve) => (answer = () => resolve(String(probing)))),
      () => 'failed',
    );
    await expect(call('ok')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    answer('');
    await expect(probe).resolves.toBe('true');
    await expect(call('ok')).resolves.toBe('answer');
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  it('opens again when that call fails, and when it finds out nothing', async () => {
    await fail(10);
    for (const end of [unavailable, late(100)]) {
      jest.advanceTimersByTime(BREAKER.openMs);
      await expect(call(end, { givenMs: 100, timeoutMs: 2_000 })).rejects.toBe(end);
      expect(breaker.state).toBe('open');
    }
  });

  it.each([
    ['a refusal', new WaybillError('OUT_OF_STOCK', 'two are left'), FULL],
    ['a bug that one request meets', new WaybillError('INTERNAL', 'an order that cannot be read'), FULL],
    ['too much work elsewhere', new WaybillError('OVERLOADED', 'later'), FULL],
    ['a caller that left', new WaybillError('UNAVAILABLE', 'cancelled', {}, { cause: { code: 1 } }), FULL],
    ['being late for a caller in a hurry', late(100), { givenMs: 900, timeoutMs: 2_000 }],
  ])('does not count %s', async (_, error, times) => {
    for (let n = 0; n < 30; n += 1) await expect(call(error, times)).rejects.toBe(error);
    expect(breaker.state).toBe('closed');
  });

  it.each([unavailable, late(2_000), new TypeError('no error of ours')])('counts %s', async (error) => {
    await fail(10, error);
    expect(breaker.state).toBe('open');
  });

  it('forgets what was long ago', async () => {
    await fail(9);
    jest.advanceTimersByTime(BREAKER.windowMs + 1_000);
    await fail(9);
    expect(breaker.state).toBe('closed');
    expect(breaker.report()).toMatchObject({ calls: 9, failures: 9, opened: 0 });
  });
});

function late(ms: number): Error {
  return new WaybillError('DEADLINE_EXCEEDED', `no answer within ${ms} ms`);
}
