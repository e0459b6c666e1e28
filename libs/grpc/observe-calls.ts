import { status, type ClientReadableStream, type StatusObject } from '@grpc/grpc-js';
import { context, SpanKind, type Context } from '@opentelemetry/api';
import { ERROR_RULES } from '#libs/contracts/errors.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { asUnavailable } from '#libs/persistence/database.js';
import { histogram } from '#libs/telemetry/metrics.js';
import { beginHop, markFailed } from '#libs/telemetry/tracing/hop.js';

const LABELS = ['method', 'code'] as const;
const made = histogram('waybill_grpc_client_seconds', 'Calls to other services, by their end', LABELS);
const served = histogram('waybill_grpc_server_seconds', 'Calls that were served, by their end', LABELS);

/** Of a call that was served, these say that the server failed; the rest is what the caller asked for. */
const OUR_FAULT = new Set(['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS']);

/** A call that is being made or served: what is done for it is done `within`. The first end counts. */
export interface ObservedCall {
  readonly within: Context;
  readonly end: (code: string) => void;
}

interface Outgoing {
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Makes each call a hop of its trace, and measures it. */
export function observeUnary<Request, Options extends Outgoing>(
  path: string,
  call: (request: Request, options: Options) => Promise<unknown>,
) {
  return async (request: Request, options: Options): Promise<unknown> => {
    const { within, end } = beginCall(path, options);
    try {
      const response = await context.with(within, () => call(request, options));
      end('OK');
      return response;
    } catch (error) {
      end(codeOf(error));
      throw error;
    }
  };
}

/** As `observeUnary`: the hop lasts as long as the stream. */
export function observeStream<Options extends Outgoing>(
  path: string,
  call: (request: unknown, options: Options) => ClientReadableStream<unknown>,
) {
  return (request: unknown, options: Options): ClientReadableStream<unknown> => {
    const { within, end } = beginCall(path, options);
    const stream = context.with(within, () => call(request, options));
    stream.once('status', ({ code }: StatusObject) => end(status[code]));
    return stream;
  };
}

/** A call that has come in, with the `traceparent` that came with it. */
export function beginServed(path: string, traceparent: unknown): ObservedCall {
  const { span, within } = beginHop(path.slice(1), {
    kind: SpanKind.SERVER,
    from: { traceparent },
    attributes: attributesOf(path),
  });
  return observed(within, (code, seconds) => {
    served.observe({ method: path.slice(1), code }, seconds);
    span.setAttribute('rpc.response.status_code', code);
    if (OUR_FAULT.has(code)) markFailed(span, code);
    span.end();
  });
}

/** The gRPC status that a failure ends a call with, by its name. */
export function codeOf(thrown: unknown): string {
  const error = asUnavailable(thrown);
  return isWaybillError(error) ? status[ERROR_RULES[error.code].grpc] : 'INTERNAL';
}

/** On behalf of a request at the edge, the call belongs to that one's trace, which its metadata names. */
function beginCall(path: string, { metadata = {} }: Outgoing): ObservedCall {
  const { traceparent } = metadata;
  const from = traceparent === undefined ? {} : { from: { traceparent } };
  const { span, within } = beginHop(path.slice(1), { kind: SpanKind.CLIENT, attributes: attributesOf(path), ...from });
  return observed(within, (code, seconds) => {
    made.observe({ method: path.slice(1), code }, seconds);
    span.setAttribute('rpc.response.status_code', code);
    if (code !== 'OK') markFailed(span, code);
    span.end();
  });
}

function observed(within: Context, conclude: (code: string, seconds: number) => void): ObservedCall {
  const since = performance.now();
  let ended = false;
  const end = (code: string): void => {
    if (ended) return;
    ended = true;
    conclude(code, (performance.now() - since) / 1_000);
  };
  return { within, end };
}

function attributesOf(path: string) {
  return { 'rpc.system.name': 'grpc', 'rpc.method': path.slice(1) };
}
