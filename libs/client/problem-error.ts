import { isErrorCode } from '#libs/contracts/errors.js';
import type { Problem } from '#libs/contracts/http/problem.js';
import { WaybillError } from '#libs/kernel/errors.js';

/** The API refused or failed: its own code and words. */
export class ProblemError extends WaybillError {
  constructor(
    /** As it was answered. */
    readonly problem: Problem,
    /** Seconds that the API asked to wait. */
    readonly retryAfterS?: number,
  ) {
    super(problem.code, problem.detail, problem.details ?? {});
  }

  get status(): number {
    return this.problem.status;
  }

  get traceId(): string {
    return this.problem.traceId;
  }
}

/** Reads an answer that is no success. What is no problem document comes from something in between. */
export function problemErrorOf(status: number, headers: Headers, body: unknown): WaybillError {
  const retryAfterS = secondsOf(headers.get('retry-after'));
  if (isProblem(body)) return new ProblemError(body, retryAfterS);
  const code = status === 504 ? 'DEADLINE_EXCEEDED' : status === 503 || status === 502 ? 'UNAVAILABLE' : 'INTERNAL';
  return new WaybillError(code, `Something between here and the API answered ${status}: is the URL the gateway's?`);
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    'code' in body &&
    typeof body.code === 'string' &&
    isErrorCode(body.code) &&
    'detail' in body
  );
}

function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,4}$/.test(header) ? Number(header) : undefined;
}
