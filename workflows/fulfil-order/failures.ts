import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { StepFailed, StepStopped } from '../saga.js';
import type { StepRecord } from './contract.js';

/** An attempt that brought no answer, or a refusal. */
export class AttemptFailed extends StepFailed {
  constructor(
    code: string,
    refused: boolean,
    message: string,
    /** `timed_out`: the attempt ended without a word, so nobody but the workflow can record it. */
    readonly unrecorded: StepRecord | 'timed_out' | undefined,
  ) {
    super(code, refused, message);
  }
}

/** What a failed activity means to the saga. Anything else that was thrown is a bug, and stays what it is. */
export function failureOf(error: unknown): unknown {
  if (isCancellation(error)) return new StepStopped();
  // A local activity's failure comes as it was thrown, a regular one's inside an ActivityFailure.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const [unrecorded] = (cause.details ?? []) as [StepRecord?];
    return new AttemptFailed(cause.type ?? 'INTERNAL', cause.nonRetryable === true, cause.message, unrecorded);
  }
  if (cause instanceof TimeoutFailure)
    return new AttemptFailed('DEADLINE_EXCEEDED', false, 'No answer in time', 'timed_out');
  return error;
}
