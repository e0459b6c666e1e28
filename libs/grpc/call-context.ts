import { AsyncLocalStorage } from 'node:async_hooks';
import { WaybillError } from '#libs/kernel/errors.js';

/** What came with the call that is being served. */
export interface CallContext {
  /** Milliseconds since the epoch. Absent: no deadline. */
  readonly deadline?: number;
  /** Aborted when the caller has gone or its deadline has passed. */
  readonly signal?: AbortSignal;
  /** The caller's `Bearer …`, as it was sent. */
  readonly authorization?: string;
  readonly idempotencyKey?: string;
  /** Tells the caller that the answer is the stored one of an earlier call. */
  readonly replayed?: () => void;
}

/** Metadata of an answer: `true` when it is the stored one of an earlier call with the same key. */
export const REPLAYED = 'idempotency-replayed';

const calls = new AsyncLocalStorage<CallContext>();

export function callContext(): CallContext {
  return calls.getStore() ?? {};
}

export function withCallContext<Result>(context: CallContext, work: () => Result): Result {
  return calls.run(context, work);
}

/** Milliseconds until the call's deadline, at most `ceiling`. Never negative. */
export function remainingMs(ceiling: number): number {
  const { deadline } = callContext();
  return deadline === undefined ? ceiling : Math.max(0, Math.min(ceiling, deadline - Date.now()));
}

/**
 * A call past its deadline writes nothing: its caller has gone, and will ask again under the same key.
 * @throws WaybillError DEADLINE_EXCEEDED
 */
export function assertSomebodyWaits(message: string): void {
  if (remainingMs(1) > 0 && callContext().signal?.aborted !== true) return;
  throw new WaybillError('DEADLINE_EXCEEDED', message);
}
