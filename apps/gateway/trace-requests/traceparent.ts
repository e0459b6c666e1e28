import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isSpanContextValid, SpanKind, type Span } from '@opentelemetry/api';
import { beginHop, markFailed } from '#libs/telemetry/tracing/hop.js';
import { readTraceparent, writeTraceparent } from '#libs/telemetry/tracing/traceparent.js';

const SAMPLED = 1;
const spans = new WeakMap<IncomingMessage, Span>();

/**
 * The W3C `traceparent` of a request's own span: in the caller's trace where it sent a valid one, else in a new one.
 * It is the request's id, and travels on to every service behind the edge, whether or not spans are recorded.
 */
export function continueTrace(raw: IncomingMessage): string {
  const from = { traceparent: raw.headers.traceparent };
  const { span } = beginHop('HTTP', { kind: SpanKind.SERVER, from });
  spans.set(raw, span);
  const [came, own] = [readTraceparent(from.traceparent), span.spanContext()];
  if (isSpanContextValid(own) && own.spanId !== came?.spanId) return writeTraceparent(own);
  return came === undefined ? newTrace() : writeTraceparent({ ...came, spanId: hex(8) });
}

/** The `traceparent` of what belongs to no trace yet. */
export function newTrace(): string {
  return writeTraceparent({ traceId: hex(16), spanId: hex(8), traceFlags: SAMPLED });
}

export function traceIdOf(traceparent: string): string {
  return traceparent.split('-')[1] ?? '';
}

export interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly orderId?: string | undefined;
}

/** Ends the request's span. */
export function endTrace(raw: IncomingMessage, { method, route, status, orderId }: AnsweredRequest): void {
  const span = spans.get(raw);
  span?.updateName(`${method} ${route}`).setAttributes({
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
    ...(orderId !== undefined && { 'waybill.order.id': orderId }),
  });
  if (span && status >= 500) markFailed(span, String(status));
  span?.end();
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
