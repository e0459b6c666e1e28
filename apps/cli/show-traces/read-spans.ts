import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRun, UserError } from '../run-file/run-file.js';

/** A span as the launcher keeps it. */
export interface Span {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly ms: number;
  readonly failed?: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** Every span that is kept, in the order of their beginnings. @throws UserError when this system keeps none */
export function readSpans(): Span[] {
  const { traces } = readRun();
  if (traces === undefined)
    throw new UserError('This system keeps no traces. Start it as `WAYBILL_TRACES=on npm start`.');
  const files = ['spans.before.ndjson', 'spans.ndjson'].map((name) => join(traces, name)).filter(existsSync);
  return files.flatMap(spansIn).toSorted((one, other) => one.start - other.start);
}

/** A line that is being written is no span yet. */
function spansIn(file: string): Span[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Span);
}
