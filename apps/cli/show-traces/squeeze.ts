import type { Span } from './read-spans.js';

/** A stretch of time in which nothing happened for so long is drawn short. */
const LONG_MS = 400;
const DRAWN_MS = 60;

export interface TimeAxis {
  /** As drawn: without most of the waiting. */
  readonly length: number;
  readonly at: (ms: number) => number;
  /** Where time was left out, and how much of it. */
  readonly breaks: readonly { readonly at: number; readonly ms: number }[];
}

/** Orders mostly wait, for a carrier above all: the axis leaves out stretches in which no span that has none below it ran. */
export function timeAxis(spans: readonly Span[]): TimeAxis {
  const parents = new Set(spans.map(({ parentSpanId }) => parentSpanId));
  const busy = spans.filter(({ spanId }) => !parents.has(spanId)).toSorted((one, other) => one.start - other.start);
  const edges = spans.flatMap(({ start, ms }) => [start, start + ms]);
  const [first, last] = [Math.min(...edges), Math.max(...edges)];
  const gaps: { from: number; to: number }[] = [];
  let until = first;
  for (const { start, ms } of [...busy, { start: last, ms: 0 }]) {
    if (start - until > LONG_MS) gaps.push({ from: until, to: start });
    until = Math.max(until, start + ms);
  }
  const at = (ms: number): number => ms - first - left(gaps, ms);
  const breaks = gaps.map(({ from, to }) => ({ at: at(from) + DRAWN_MS / 2, ms: to - from }));
  return { length: at(last), at, breaks };
}

/** What is left out before a time; within a gap time goes slowly. */
function left(gaps: readonly { from: number; to: number }[], ms: number): number {
  return gaps.reduce((sum, { from, to }) => {
    const passed = Math.min(1, Math.max(0, (ms - from) / (to - from)));
    return sum + passed * (to - from - DRAWN_MS);
  }, 0);
}
