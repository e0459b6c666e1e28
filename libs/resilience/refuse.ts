import { WaybillError } from '#libs/kernel/errors.js';

/** The detail of an error that says when it is worth another try: the edge makes a Retry-After of it, and gRPC does not repeat the call. */
export const RETRY_AFTER = 'retryAfterSeconds';

export function refuse(code: 'UNAVAILABLE' | 'OVERLOADED', message: string, retryAfterMs: number): WaybillError {
  return new WaybillError(code, message, { [RETRY_AFTER]: String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) });
}
