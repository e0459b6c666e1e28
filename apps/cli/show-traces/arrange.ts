import type { Span } from './read-spans.js';

/** A span at its place below the one that caused it. */
export interface PlacedSpan {
  readonly span: Span;
  readonly depth: number;
}

/** One trace, its spans in the order of reading. */
export interface Trace {
  readonly id: string;
  readonly spans: readonly PlacedSpan[];
  /** Of the order's own trace, which this one was linked to because it came later or concerns several orders. */
  readonly linked: boolean;
}

/** The trace that an order was placed in, then those that link to it, in the order of their beginnings. */
export function tracesOf(orderId: string, all: readonly Span[]): Trace[] {
  const about = all.filter(({ attributes }) => attributes['waybill.order.id'] === orderId);
  const own = (about.find(({ name }) => name.startsWith('RunWorkflow')) ?? about[0])?.traceId;
  if (own === undefined) return [];
  const linked = all.filter(({ traceId, links }) => traceId !== own && links.some((link) => link.traceId === own));
  const ids = [own, ...new Set(linked.map(({ traceId }) => traceId))];
  return ids.map((id) => ({ id, linked: id !== own, spans: arrange(all.filter(({ traceId }) => traceId === id)) }));
}

/** Each span below its parent. One whose parent is not there (yet) stands at the left. */
export function arrange(spans: readonly Span[]): PlacedSpan[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const below = new Map<string, Span[]>();
  for (const span of spans) {
    const parent = known.has(span.parentSpanId ?? '') ? (span.parentSpanId ?? '') : '';
    below.set(parent, [...(below.get(parent) ?? []), span]);
  }
  const place = (parent: string, depth: number): PlacedSpan[] =>
    (below.get(parent) ?? []).flatMap((span) => [{ span, depth }, ...place(span.spanId, depth + 1)]);
  return place('', 0);
}
