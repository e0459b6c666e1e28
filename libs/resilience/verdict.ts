import { status } from '@grpc/grpc-js';
import { isWaybillError } from '#libs/kernel/errors.js';

/** What the end of a call says about the dependency. */
export type Verdict = 'answered' | 'failed' | 'nothing';

export interface CallTimes {
  /** What the call had. */
  readonly givenMs: number;
  /** What its policy gives it. */
  readonly timeoutMs: number;
}

/**
 * A breaker keeps callers from waiting for what will not come. So a refusal is an answer, and so is INTERNAL: it came, it tells of a
 * bug that this request has met, and waiting cures no bug. A caller that left says nothing, and neither does being late for one who
 * had less than half of the usual time left.
 */
export function verdictOf(error: unknown, { givenMs, timeoutMs }: CallTimes): Verdict {
  if (!isWaybillError(error)) return 'failed';
  if (isCancelled(error.cause)) return 'nothing';
  switch (error.code) {
    case 'UNAVAILABLE':
      return 'failed';
    case 'DEADLINE_EXCEEDED':
      return givenMs * 2 >= timeoutMs ? 'failed' : 'nothing';
    default:
      return 'answered';
  }
}

/** As gRPC says it when this side has cancelled the call. */
function isCancelled(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === status.CANCELLED;
}
