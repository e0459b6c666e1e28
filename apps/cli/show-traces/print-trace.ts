import { bold, cyan, dim, print, red } from '../terminal/style.js';
import type { Trace } from './arrange.js';

/** Traces as lists: when a span began after the first one, which service it is of, what it did, how long it took. */
export function printTraces(orderId: string, traces: readonly Trace[]): void {
  const start = traces[0]?.spans[0]?.span.start ?? 0;
  for (const { id, linked, spans } of traces) {
    print(`\n  ${bold(`trace ${id}`)} ${dim(linked ? `linked to the trace of order ${orderId}` : `order ${orderId}`)}`);
    const width = Math.max(...spans.map(({ span, depth }) => depth * 2 + span.service.length + span.name.length + 1));
    for (const { span, depth } of spans) {
      const { service, name, ms, failed } = span;
      const text = `${'  '.repeat(depth)}${cyan(service)} ${name}`;
      const gap = ' '.repeat(width - depth * 2 - service.length - name.length - 1);
      const took = `${ms.toFixed(1)} ms`.padStart(12);
      const ended = failed ? red(`  ${String(span.attributes['error.type'] ?? 'failed')}`) : '';
      print(`  ${dim(`+${(span.start - start).toFixed(0)}`.padStart(7))}  ${text}${gap}${took}${ended}`);
    }
  }
}
