import { HttpException } from '@nestjs/common';
import { ERROR_RULES, type ErrorCode } from '#libs/contracts/errors.js';
import { RETRY_AFTER_S, type Problem } from '#libs/contracts/http/problem.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { RETRY_AFTER } from '#libs/resilience/refuse.js';

/** What was asked for when it failed. */
export interface ProblemContext {
  /** Without the query: it may hold what is nobody's business. */
  readonly instance: string;
  readonly traceId: string;
}

export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_DETAIL = 1_000;

/**
 * The one place where errors of any origin become problem documents. A refusal is told in its own words; what failed inside
 * is told in ours, for it may name addresses; a bug is told to nobody.
 */
export function answerOf(thrown: unknown, context: ProblemContext): ProblemAnswer {
  const code = codeOf(thrown);
  const { http, title } = ERROR_RULES[code];
  const problem: Problem = {
    type: `/docs/errors#${code}`,
    title,
    status: http,
    detail: detailOf(thrown, code).slice(0, MAX_DETAIL),
    instance: context.instance.slice(0, MAX_DETAIL),
    code,
    traceId: context.traceId,
    ...detailsOf(thrown, code),
  };
  return { problem, headers: headersOf(thrown, code) };
}

/** The stable code of anything that was thrown. */
export function codeOf(thrown: unknown): ErrorCode {
  if (isWaybillError(thrown)) return thrown.code;
  const status = statusOf(thrown);
  if (status === undefined || status >= 500) return 'INTERNAL';
  return CODE_OF_STATUS[status] ?? 'INVALID_REQUEST';
}

/** What Fastify and Nest refuse by themselves. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'TOO_LARGE',
  414: 'NOT_FOUND',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  431: 'HEADERS_TOO_LARGE',
};

function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const isFastifyError = thrown instanceof Error && thrown.name === 'FastifyError' && 'statusCode' in thrown;
  return isFastifyError && typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}

function detailOf(thrown: unknown, code: ErrorCode): string {
  if (isWaybillError(thrown) && ERROR_RULES[thrown.code].kind === 'refusal') return thrown.message;
  switch (code) {
    case 'UNAVAILABLE':
      return 'Something that is needed for this does not answer. Try again in a moment.';
    case 'DEADLINE_EXCEEDED':
      return 'The answer took too long. Try again: with the same Idempotency-Key nothing happens twice.';
    case 'OVERLOADED':
      return 'More is waiting to be done than we can do soon. Try again later.';
    case 'RATE_LIMITED':
      return 'Too many requests: wait as long as Retry-After says. The RateLimit headers tell what is left.';
    case 'REQUEST_IN_FLIGHT':
      return 'An earlier request with this Idempotency-Key is still being answered. Try again in a moment.';
    case 'NOT_FOUND':
      return 'Nothing is at this path; /docs lists what there is.';
    case 'TOO_LARGE':
      return 'Send a body of at most 256 KiB.';
    case 'HEADERS_TOO_LARGE':
      return 'Send a request line and headers of at most 16 KiB, at most 100 headers.';
    case 'UNSUPPORTED_MEDIA_TYPE':
      return 'Send the body with `Content-Type: application/json`.';
    case 'REQUEST_TIMEOUT':
      return 'Send the whole request within a few seconds.';
    case 'INTERNAL':
      return 'Something is broken on our side. Quote the traceId when you report it.';
    default:
      if (isWaybillError(thrown)) return ERROR_RULES[code].title;
      return 'Send a well-formed HTTP request: correct path encoding, Content-Length and body.';
  }
}

function detailsOf(thrown: unknown, code: ErrorCode): { details?: Record<string, string> } {
  if (!isWaybillError(thrown) || ERROR_RULES[code].kind !== 'refusal' || Object.keys(thrown.details).length === 0)
    return {};
  return { details: { ...thrown.details } };
}

/** How long to wait is in the error where it was known, else as long as always. */
function headersOf(thrown: unknown, code: ErrorCode): Record<string, string> {
  const told = isWaybillError(thrown) ? thrown.details[RETRY_AFTER] : undefined;
  const retryAfter = told !== undefined && /^\d{1,6}$/.test(told) ? told : RETRY_AFTER_S[code];
  return {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer realm="waybill"' }),
  };
}
