import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { ERROR_RULES, isErrorCode, type ErrorCode } from '#libs/contracts/errors.js';
import { ErrorInfo, RpcStatus } from '#libs/contracts/generated/waybill/values/v1/values.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { RETRY_AFTER } from '#libs/resilience/refuse.js';

const DETAILS = 'grpc-status-details-bin';
const ERROR_INFO_URL = 'type.googleapis.com/google.rpc.ErrorInfo';
const DOMAIN = 'waybill';
/** What gRPC itself says, as INTERNAL, when the peer dies in the middle of a call. A peer's own INTERNAL has its ErrorInfo. */
const BROKEN_STREAM = /^Received RST_STREAM/;

/** How a typed error travels: its gRPC status, with the stable code in google.rpc.ErrorInfo. */
export function toStatus(error: WaybillError): StatusObject {
  const code = ERROR_RULES[error.code].grpc;
  const info = ErrorInfo.encode({ reason: error.code, domain: DOMAIN, metadata: { ...error.details } }).finish();
  const rpcStatus = RpcStatus.encode({
    code,
    message: error.message,
    details: [{ typeUrl: ERROR_INFO_URL, value: Buffer.from(info) }],
  }).finish();
  const metadata = new Metadata();
  metadata.set(DETAILS, Buffer.from(rpcStatus));
  // Who says when to come back is not asked again before: negative is never (gRFC A6).
  if (Object.hasOwn(error.details, RETRY_AFTER)) metadata.set('grpc-retry-pushback-ms', '-1');
  return { code, details: error.message, metadata };
}

/** What a failed call means to its caller: the peer's own code, else what its status says. */
export function fromStatus(error: ServiceError): WaybillError {
  const info = errorInfo(error.metadata);
  if (info !== undefined && isErrorCode(info.reason))
    return new WaybillError(info.reason, error.details, info.metadata, { cause: error });
  const code = BROKEN_STREAM.test(error.details) ? 'UNAVAILABLE' : codeOfStatus(error.code);
  return new WaybillError(code, error.details, {}, { cause: error });
}

function errorInfo(metadata: Metadata | undefined): ErrorInfo | undefined {
  const [encoded] = metadata?.get(DETAILS) ?? [];
  if (!(encoded instanceof Buffer)) return undefined;
  const detail = RpcStatus.decode(encoded).details.find(({ typeUrl }) => typeUrl === ERROR_INFO_URL);
  return detail && ErrorInfo.decode(detail.value);
}

function codeOfStatus(code: status): ErrorCode {
  switch (code) {
    case status.DEADLINE_EXCEEDED:
      return 'DEADLINE_EXCEEDED';
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return 'UNAVAILABLE';
    case status.RESOURCE_EXHAUSTED:
      return 'OVERLOADED';
    case status.UNAUTHENTICATED:
      return 'UNAUTHENTICATED';
    case status.PERMISSION_DENIED:
      return 'FORBIDDEN';
    case status.NOT_FOUND:
      return 'NOT_FOUND';
    case status.INVALID_ARGUMENT:
      return 'INVALID_REQUEST';
    default:
      return 'INTERNAL';
  }
}
