import { MAX_ATTEMPTS, type RetryDelay } from '#libs/contracts/topology.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { Busy, DependencyUnavailable, Poison, type PoisonReason } from '../failures.js';

/** What happens to a message whose handler threw. */
export type NextStep =
  /** It goes back to the head of its queue, uncounted, and the queue waits for the dependency. */
  | { readonly kind: 'wait' }
  /** The attempt counts; it comes back after the delay, and others go first meanwhile. */
  | { readonly kind: 'retry'; readonly delay: RetryDelay }
  /** It comes back after the delay, and nothing is counted. */
  | { readonly kind: 'postpone'; readonly delay: RetryDelay }
  | { readonly kind: 'bury'; readonly reason: PoisonReason | 'attempts-exhausted' };

/** `attempt` is the one that has just failed, from 1. */
export function nextStep(error: unknown, attempt: number): NextStep {
  if (error instanceof Poison) return { kind: 'bury', reason: error.reason };
  if (error instanceof Busy) return { kind: 'postpone', delay: '1s' };
  if (isUnavailable(error)) return { kind: 'wait' };
  if (attempt >= MAX_ATTEMPTS) return { kind: 'bury', reason: 'attempts-exhausted' };
  return { kind: 'retry', delay: attempt === 1 ? '1s' : '10s' };
}

/** Connection loss, shutdown and lack of resources, as Postgres says it (SQLSTATE). A statement that takes too long is not among them. */
const DATABASE_GONE = /^(08...|53...|57P0.)$/;
const HOST_GONE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** gRPC: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const PEER_GONE = new Set<unknown>([4, 8, 14]);
const CONNECTION_BROKEN = /^(Connection terminated|timeout exceeded when trying to connect)/;

/** True when what failed is the way to a dependency, here or in anything that caused it. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DependencyUnavailable || isWaybillError(error, 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'OVERLOADED'))
    return true;
  if (!(error instanceof Error) || isWaybillError(error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && (HOST_GONE.has(code) || DATABASE_GONE.test(code))) return true;
  return PEER_GONE.has(code) || CONNECTION_BROKEN.test(error.message) || isUnavailable(error.cause);
}
