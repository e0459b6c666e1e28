import { messageOf, WaybillError } from '#libs/kernel/errors.js';

interface ApiError extends Error {
  readonly statusCode: number;
  readonly code: string;
}

const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);
/** Refusals that leave open whether a purchase takes place. */
const UNDECIDED: ReadonlySet<string> = new Set(['SHIPMENT.PURCHASE.IN_PROGRESS', 'SHIPMENT.POSTAGE.NO_RESPONSE']);

/** True when the carrier has answered, and its answer is this refusal. */
export function isRefusal(error: unknown, ...codes: readonly string[]): error is ApiError {
  return isClientError(error) && codes.includes(error.code);
}

/** True when the carrier has refused for whatever reason, so that asking for the shipment tells why. */
export function isClientError(error: unknown): error is ApiError {
  if (!isApiError(error) || TRY_AGAIN.has(error.statusCode) || UNDECIDED.has(error.code)) return false;
  return error.statusCode >= 400 && error.statusCode < 500;
}

/** What went wrong in a call, in our own terms. Whatever is not clearly refused is uncertain: it may have happened. */
export function asCarrierFailure(error: unknown): WaybillError {
  if (error instanceof WaybillError) return error;
  if (isClientError(error)) {
    const message = `The carrier refuses our request (${error.code}: ${error.message}); check the API key and the request`;
    return new WaybillError('INTERNAL', message, {}, { cause: error });
  }
  const message = `The carrier gave no answer that can be used (${messageOf(error)}); try again in a moment`;
  return new WaybillError('UNAVAILABLE', message, {}, { cause: error });
}

function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && 'code' in error;
}
