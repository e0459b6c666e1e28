import type { Attributes } from '@opentelemetry/api';

/** A span that was measured where no SDK is: in the workflows' sandbox, which also knows its id. */
export interface FinishedSpan {
  readonly name: string;
  /** Its own: trace, id and whether it is recorded at all. */
  readonly traceparent: string;
  /** Of the same trace. */
  readonly parent?: string;
  readonly links?: readonly string[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly attributes?: Attributes;
}

let take: ((span: FinishedSpan) => void) | undefined;

/** Has it exported with the others, where spans are exported. */
export function recordFinished(span: FinishedSpan): void {
  take?.(span);
}

/** Set by the SDK, when there is one. */
export function onFinished(taker: (span: FinishedSpan) => void): void {
  take = taker;
}
