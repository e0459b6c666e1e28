import { ApplicationFailure } from '@temporalio/activity';
import type { ErrorCode } from '#libs/contracts/errors.js';
import { isWaybillError, messageOf } from '#libs/kernel/errors.js';
import type { StepRecord } from '#workflows/fulfil-order/contract.js';

/** A participant's final answers: repeating the call cannot change them. Everything else is repeated. */
const REFUSALS: readonly ErrorCode[] = [
  'OUT_OF_STOCK',
  'PAYMENT_DECLINED',
  'INSUFFICIENT_FUNDS',
  'NOT_SERVED',
  'RELEASED',
  'SETTLED',
  'SHIPMENT_CANCELLED',
];

export function isRefusal(error: unknown): boolean {
  return isWaybillError(error, ...REFUSALS);
}

export function codeOf(error: unknown): ErrorCode {
  return isWaybillError(error) ? error.code : 'INTERNAL';
}

/** How a failure reaches the workflow: its type is the code. What orders could not be told travels along. */
export function activityFailure(
  error: unknown,
  { final = false, unrecorded }: FailureOptions = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type: codeOf(error),
    message: messageOf(error),
    nonRetryable: final,
    details: unrecorded ? [unrecorded] : [],
    ...(error instanceof Error && { cause: error }),
  });
}

interface FailureOptions {
  readonly final?: boolean;
  readonly unrecorded?: StepRecord | undefined;
}
