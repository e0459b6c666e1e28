import type { FastifyRequest } from 'fastify';
import { ANSWERED_WITHIN_MS } from '#libs/contracts/http/answered-within.js';
import type { Operation } from '#libs/contracts/http/operation.js';
import { ANSWER_RESERVE_MS } from '#libs/grpc/client.js';

const ends = new WeakMap<object, number>();

/**
 * Milliseconds that all calls made for a request have left together, from the first of them on. They end before the client gives
 * up: so it gets the answer, the stand-in or the reason why there is none.
 */
export function timeLeft({ raw }: Pick<FastifyRequest, 'raw'>, { method }: Operation): number {
  const now = Date.now();
  const end = ends.get(raw) ?? now + ANSWERED_WITHIN_MS[method] - ANSWER_RESERVE_MS;
  ends.set(raw, end);
  return end - now;
}
