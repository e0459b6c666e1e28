import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../run-file/run-file.js';
import { dim, print } from '../terminal/style.js';
import { tracesOf, type Trace } from './arrange.js';
import { drawTraces } from './draw-trace.js';
import { placeTraced } from './place-traced.js';
import { printTraces } from './print-trace.js';
import { readSpans } from './read-spans.js';

interface TraceOptions {
  readonly out?: string;
  readonly json?: boolean;
}

const TITLES = {
  happy: 'An order that succeeds',
  undone: 'An order that no carrier serves: charged, refunded, released',
};

export function traceCommand(): Command {
  return new Command('trace')
    .argument('[order]', 'its id; without one, a happy and an undone order are placed')
    .description('the spans of an order, as a list and as a picture')
    .option('--out <folder>', 'draw them there, as SVG')
    .option('--json', 'machine-readable output')
    .action((orderId: string | undefined, options: TraceOptions) =>
      orderId === undefined ? showBoth(options) : showOne(orderId, options),
    );
}

async function showOne(orderId: string, options: TraceOptions): Promise<void> {
  const traces = tracesOf(orderId, readSpans());
  if (traces.length === 0)
    throw new UserError(
      `No spans of order ${orderId} are kept. Its services export within a second; old ones are dropped.`,
    );
  await show(orderId, traces, { ...options, name: `trace-${orderId}`, title: `Order ${orderId}` });
}

async function showBoth(options: TraceOptions): Promise<void> {
  for (const { kind, orderId, traces } of await placeTraced())
    await show(orderId, traces, { ...options, name: `trace-${kind}`, title: TITLES[kind] });
}

async function show(
  orderId: string,
  traces: readonly Trace[],
  { out, json, name, title }: TraceOptions & { readonly name: string; readonly title: string },
): Promise<void> {
  if (json) print(JSON.stringify({ orderId, traces }, null, 2));
  else printTraces(orderId, traces);
  if (out === undefined) return;
  await mkdir(out, { recursive: true });
  const file = join(out, `${name}.svg`);
  await writeFile(file, drawTraces(title, traces));
  if (!json) print(dim(`\n  drawn: ${file}`));
}
