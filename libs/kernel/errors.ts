import { ERROR_RULES, type ErrorCode } from '#libs/contracts/errors.js';

/**
 * The one error type of the services: a stable code, and a message that says what to do.
 * Mappers at each edge turn it into a gRPC status or a problem document.
 */
export class WaybillError extends Error {
  override readonly name = 'WaybillError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** True when the same call may succeed later without anybody changing it. */
  get technical(): boolean {
    return ERROR_RULES[this.code].kind !== 'refusal';
  }
}

export function isWaybillError(error: unknown, ...codes: ErrorCode[]): error is WaybillError {
  return error instanceof WaybillError && (codes.length === 0 || codes.includes(error.code));
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends a switch over a union: the compiler refuses it while a case is missing. */
export function unreachable(value: never): never {
  throw new WaybillError('INTERNAL', `Unhandled case: ${JSON.stringify(value)}`);
}
