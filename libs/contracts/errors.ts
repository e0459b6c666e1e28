import { status } from '@grpc/grpc-js';

interface ErrorRule {
  /** HTTP status of the problem document. */
  readonly http: number;
  /** gRPC status; the code itself travels in google.rpc.ErrorInfo. */
  readonly grpc: status;
  /** `technical`: trying again may help. `refusal`: the answer is final. `bug`: neither the caller's fault nor curable by waiting. */
  readonly kind: 'technical' | 'refusal' | 'bug';
  /** Short title of the problem document. */
  readonly title: string;
}

/**
 * Every stable error code with its meaning on each transport. The one place that knows both;
 * the mappers of libs/grpc and of the gateway only look up here.
 */
export const ERROR_RULES = {
  INVALID_REQUEST: rule(400, status.INVALID_ARGUMENT, 'refusal', 'The request is not valid'),
  IDEMPOTENCY_KEY_MISSING: rule(400, status.INVALID_ARGUMENT, 'refusal', 'The Idempotency-Key header is missing'),
  UNAUTHENTICATED: rule(401, status.UNAUTHENTICATED, 'refusal', 'A valid token is required'),
  FORBIDDEN: rule(403, status.PERMISSION_DENIED, 'refusal', 'The token does not allow this'),
  NOT_FOUND: rule(404, status.NOT_FOUND, 'refusal', 'There is no such thing'),
  METHOD_NOT_ALLOWED: rule(405, status.UNIMPLEMENTED, 'refusal', 'This method is not allowed here'),
  REQUEST_TIMEOUT: rule(408, status.DEADLINE_EXCEEDED, 'technical', 'The request did not arrive in time'),
  OUT_OF_STOCK: rule(409, status.FAILED_PRECONDITION, 'refusal', 'Not enough stock'),
  REQUEST_IN_FLIGHT: rule(409, status.ABORTED, 'technical', 'A request with this key is still being answered'),
  TOO_LATE: rule(409, status.FAILED_PRECONDITION, 'refusal', 'It is too late for that'),
  ALREADY_FINAL: rule(409, status.FAILED_PRECONDITION, 'refusal', 'The order has already ended'),
  VERSION_MISMATCH: rule(412, status.FAILED_PRECONDITION, 'refusal', 'The order has changed meanwhile'),
  TOO_LARGE: rule(413, status.INVALID_ARGUMENT, 'refusal', 'The body is too large'),
  UNSUPPORTED_MEDIA_TYPE: rule(415, status.INVALID_ARGUMENT, 'refusal', 'The content type is not supported'),
  UNKNOWN_SKU: rule(422, status.FAILED_PRECONDITION, 'refusal', 'There is no such product'),
  IDEMPOTENCY_KEY_REUSED: rule(422, status.FAILED_PRECONDITION, 'refusal', 'This key was used for another request'),
  IF_MATCH_MISSING: rule(428, status.FAILED_PRECONDITION, 'refusal', 'The If-Match header is missing'),
  RATE_LIMITED: rule(429, status.RESOURCE_EXHAUSTED, 'technical', 'Too many requests'),
  HEADERS_TOO_LARGE: rule(431, status.INVALID_ARGUMENT, 'refusal', 'The headers are too large'),
  OVERLOADED: rule(503, status.RESOURCE_EXHAUSTED, 'technical', 'Too much work is waiting'),
  UNAVAILABLE: rule(503, status.UNAVAILABLE, 'technical', 'A dependency does not answer'),
  DEADLINE_EXCEEDED: rule(504, status.DEADLINE_EXCEEDED, 'technical', 'The deadline has passed'),
  INTERNAL: rule(500, status.INTERNAL, 'bug', 'Something is broken on our side'),
  PAYMENT_DECLINED: rule(409, status.FAILED_PRECONDITION, 'refusal', 'The payment was declined'),
  INSUFFICIENT_FUNDS: rule(409, status.FAILED_PRECONDITION, 'refusal', 'The payment was declined for lack of funds'),
  NOT_SERVED: rule(409, status.FAILED_PRECONDITION, 'refusal', 'No carrier serves the address'),
  /** A tombstone was found: the undo has overtaken its do. */
  RELEASED: rule(409, status.FAILED_PRECONDITION, 'refusal', 'The reservation was released'),
  SETTLED: rule(409, status.FAILED_PRECONDITION, 'refusal', 'The charge was settled'),
  SHIPMENT_CANCELLED: rule(409, status.FAILED_PRECONDITION, 'refusal', 'The shipment was cancelled'),
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof ERROR_RULES;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_RULES, code);
}

function rule(http: number, grpc: status, kind: ErrorRule['kind'], title: string): ErrorRule {
  return { http, grpc, kind, title };
}
