import { context, isSpanContextValid, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { readTraceparent, writeTraceparent } from './traceparent.js';

// With or without an SDK, what is being done knows its trace: it travels on, and stands in every log line.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

/** The `traceparent` of what is being done, as it goes on to whoever is called or told. */
export function currentTraceparent(): string | undefined {
  const current = trace.getSpanContext(context.active());
  return current && isSpanContextValid(current) ? writeTraceparent(current) : undefined;
}

export function currentTraceId(): string | undefined {
  const current = trace.getSpanContext(context.active());
  return current && isSpanContextValid(current) ? current.traceId : undefined;
}

/** Where work begins that came over a wire with this `traceparent`. Nothing else of what is being done belongs to it. */
export function contextOf(traceparent: unknown): Context {
  const parent = readTraceparent(traceparent);
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** Runs `work` in this trace. */
export function withTraceparent<Result>(traceparent: unknown, work: () => Result): Result {
  return context.with(contextOf(traceparent), work);
}

/** Says which order the span is about that is being recorded, where its request did not. */
export function noteOrder(orderId: string): void {
  trace.getActiveSpan()?.setAttribute('waybill.order.id', orderId);
}
