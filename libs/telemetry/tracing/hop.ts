import { context, SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Span } from '@opentelemetry/api';
import { isWaybillError } from '#libs/kernel/errors.js';
import { contextOf } from './current-trace.js';
import { readTraceparent } from './traceparent.js';

/** A step of an order's way from one process, queue or engine to the next. */
export interface Hop {
  readonly kind: SpanKind;
  /** What came with it: a `traceparent`, or nothing, and then a trace begins. Not given: it belongs to what is being done. */
  readonly from?: { readonly traceparent: unknown };
  /** `traceparent`s of what it also concerns: other traces, which go on without it. */
  readonly links?: readonly unknown[];
  /** Ids, names and numbers: never what a customer has written, nor what opens a door. */
  readonly attributes?: Attributes;
}

const tracer = trace.getTracer('waybill');

/**
 * Begins a hop: its span, and the context in which its work is to be run. Whoever begins it ends the span.
 * Without an SDK nothing is recorded, and the trace that came goes on.
 */
export function beginHop(name: string, { kind, from, links = [], attributes }: Hop): { span: Span; within: Context } {
  const parent = from === undefined ? context.active() : contextOf(from.traceparent);
  const linked = links.flatMap((link) => readTraceparent(link) ?? []).map((linked) => ({ context: linked }));
  const span = tracer.startSpan(name, { kind, links: linked, ...(attributes && { attributes }) }, parent);
  return { span, within: trace.setSpan(parent, span) };
}

/** Does `work` as one hop, whose span ends with it. */
export async function hop<Result>(name: string, of: Hop, work: (span: Span) => Promise<Result>): Promise<Result> {
  const { span, within } = beginHop(name, of);
  try {
    return await context.with(within, work, undefined, span);
  } catch (error) {
    markFailed(span, errorType(error));
    throw error;
  } finally {
    span.end();
  }
}

/** A request to a company outside, which is told nothing of our traces. */
export function outsideCall<Answer>(system: string, operation: string, call: () => Promise<Answer>): Promise<Answer> {
  return hop(`${system} ${operation}`, { kind: SpanKind.CLIENT, attributes: { 'peer.service': system } }, call);
}

export function markFailed(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** A code or a class: messages may tell of people. */
export function errorType(error: unknown): string {
  if (isWaybillError(error)) return error.code;
  if (!(error instanceof Error)) return typeof error;
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}
