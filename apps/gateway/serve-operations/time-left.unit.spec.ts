import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { ANSWERED_WITHIN_MS } from '#libs/contracts/http/answered-within.js';
import { OPERATIONS, placeOrder } from '#libs/contracts/http/operations.js';
import { timeLeft } from './time-left.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const request = () => ({ raw: new IncomingMessage(new Socket()) });

it.each(OPERATIONS.map((operation) => [operation.id, operation] as const))(
  'leaves half a second of what a client of %s waits',
  (_, operation) => expect(timeLeft(request(), operation)).toBe(ANSWERED_WITHIN_MS[operation.method] - 500),
);

it('is one for all calls of a request, whichever comes first', () => {
  const served = request();
  expect(timeLeft(served, placeOrder)).toBe(4_500);
  jest.advanceTimersByTime(2_000);
  expect(timeLeft(served, placeOrder)).toBe(2_500);
  expect(timeLeft(request(), placeOrder)).toBe(4_500);
});
