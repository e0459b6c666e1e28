import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '#libs/client/client.js';
import { readRun, UserError } from '../run-file/run-file.js';
import { placeSample } from '../show/place-samples.js';
import { SAMPLES } from '../show/samples.js';
import { tracesOf, type Trace } from './arrange.js';
import { readSpans } from './read-spans.js';

/** What is shown: one order that succeeds, and one that is charged and then undone. */
const SHOWN = { happy: 'happy', undone: 'not served' } as const;
const PATIENCE_MS = 60_000;
const LOOK_MS = 250;
/** Consumers that are slower than the workflow, and the last batches of spans on their way. */
const SETTLE_MS = 2_000;

export interface TracedOrder {
  readonly kind: keyof typeof SHOWN;
  readonly orderId: string;
  readonly traces: readonly Trace[];
}

/** Places both orders and waits until their workflows have ended and their spans are here. */
export async function placeTraced(): Promise<TracedOrder[]> {
  readSpans();
  const placed = await Promise.all([place('happy'), place('undone')]);
  await Promise.all(placed.map(({ orderId }) => untilEnded(orderId)));
  await pause(SETTLE_MS);
  const spans = readSpans();
  return placed.map((order) => ({ ...order, traces: tracesOf(order.orderId, spans) }));
}

async function place(kind: keyof typeof SHOWN): Promise<Pick<TracedOrder, 'kind' | 'orderId'>> {
  const { gateway, tokens } = readRun();
  const sample = SAMPLES.find(({ name }) => name === SHOWN[kind]);
  const placed = sample && (await placeSample(createClient({ url: gateway.url, token: tokens.customer }), sample));
  if (placed === undefined || 'code' in placed)
    throw new UserError(`The ${kind} order could not be placed: ${placed?.code ?? 'no such sample'}`);
  return { kind, orderId: placed.order.id };
}

/** The workflow's own span is told when it ends. */
async function untilEnded(orderId: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(LOOK_MS)) {
    const [own] = tracesOf(orderId, readSpans());
    if (own?.spans.some(({ span }) => span.name.startsWith('RunWorkflow'))) return;
  }
  throw new UserError(
    `Order ${orderId} has not ended within ${PATIENCE_MS / 1_000} s: look at it by \`npx waybill orders ${orderId}\`.`,
  );
}
