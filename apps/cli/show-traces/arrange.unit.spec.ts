import { describe, expect, it } from '@jest/globals';
import { arrange, tracesOf } from './arrange.js';
import { drawTraces } from './draw-trace.js';
import type { Span } from './read-spans.js';
import { timeAxis } from './squeeze.js';

function span(spanId: string, change: Partial<Span> = {}): Span {
  return {
    service: 'orders',
    traceId: 'a',
    spanId,
    name: spanId,
    start: 0,
    ms: 10,
    attributes: {},
    links: [],
    ...change,
  };
}

describe('the spans of a trace', () => {
  it('stand below their parents, in the order of their beginnings; an orphan stands at the left', () => {
    const spans = [span('root'), span('one', { parentSpanId: 'root' }), span('orphan', { parentSpanId: 'gone' })];
    const below = [span('two', { parentSpanId: 'root' }), span('of one', { parentSpanId: 'one' })];
    const placed = arrange([...spans, ...below]).map(({ span: { spanId }, depth }) => [spanId, depth]);
    expect(placed).toEqual([
      ['root', 0],
      ['one', 1],
      ['of one', 2],
      ['two', 1],
      ['orphan', 0],
    ]);
  });

  it('of an order come with those of the traces that link to its own, and no others', () => {
    const own = span('RunWorkflow:x', { attributes: { 'waybill.order.id': 'o' } });
    const later = span('later', { traceId: 'b', links: [{ traceId: 'a', spanId: 'RunWorkflow:x' }] });
    const read = span('read', { traceId: 'c', attributes: { 'waybill.order.id': 'o' } });
    expect(tracesOf('o', [own, later, read]).map(({ id, linked }) => [id, linked])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    expect(tracesOf('unknown', [own, later])).toEqual([]);
  });
});

describe('the picture of a trace', () => {
  it('leaves out most of the waiting, and says how much', () => {
    const axis = timeAxis([span('one'), span('two', { start: 30_000 })]);
    expect(axis.breaks.map(({ ms }) => ms)).toEqual([29_990]);
    expect(axis.length).toBeLessThan(200);
    expect(axis.at(30_000)).toBeGreaterThan(axis.at(10));
  });

  it('is well-formed whatever spans are called', () => {
    const svg = drawTraces('<&>', [{ id: 'a', linked: false, spans: [{ span: span('<script>'), depth: 0 }] }]);
    expect(svg).toContain('&lt;script>');
    expect(svg).not.toContain('<script>');
  });
});
