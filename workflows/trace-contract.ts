/** How traces reach workflows and leave them, as the worker and the client outside need to know it. */
import type { Sinks } from '@temporalio/workflow';

/** The header that Temporal's own tracing interceptors use, in every language: `{ traceparent }`. */
export const TRACE_HEADER = '_tracer-data';

/** A span that is over, with ids that are the same at each replay. */
export interface WorkflowSpan {
  readonly name: string;
  readonly traceparent: string;
  readonly parent: string;
  readonly links?: readonly string[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export interface TracingSinks extends Sinks {
  readonly tracing: { ended(span: WorkflowSpan): void };
}
