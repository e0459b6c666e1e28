import { createClient } from '#libs/client/client.js';
import { bold, dim, duration, green, money, print, red } from '../terminal/style.js';
import { table } from '../terminal/table.js';
import { timelineLine } from '../terminal/timeline.js';
import { followOrders, type Happening } from './follow-orders.js';
import { judge, type Verdict } from './judge.js';
import { placeSample, type Placed, type Placer } from './place-samples.js';
import { SAMPLES } from './samples.js';

export interface ShowOptions {
  readonly url: string;
  readonly token: string;
  /** When `npm start` began, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Goes on until the first confirmed order has been delivered. */
  readonly untilDelivered: boolean;
}

const AT_REST = new Set(['CONFIRMED', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'REJECTED', 'CANCELLED']);
const NAME_WIDTH = Math.max(...SAMPLES.map(({ name }) => name.length));

/**
 * Places one order per outcome and shows what happens to each while it happens, then a table of what was expected and
 * what came.
 * @returns whether every sample ended as it should
 */
export async function showSamples({ url, token, startedAt, untilDelivered }: ShowOptions): Promise<boolean> {
  const api: Placer = createClient({ url, token });
  const began = Date.now();
  print(`  ${bold('Sample orders')}, placed through the public API\n`);
  const outcomes = await Promise.all(SAMPLES.map((sample) => placeSample(api, sample)));
  for (const outcome of outcomes)
    if ('code' in outcome) say(outcome.at - began, outcome.sample.name, `${red('✗')} refused: ${outcome.code}`);
  const placed = outcomes.filter((outcome) => 'order' in outcome);
  let confirmedAt: number | undefined;
  const last = await followOrders(
    api,
    placed,
    ({ status }) => AT_REST.has(status),
    (happening) => {
      if (happening.entry.step === 'confirmed') confirmedAt ??= Date.parse(happening.entry.at);
      tell(began, happening);
    },
  );
  const verdicts = outcomes.map((outcome) =>
    judge(outcome, 'order' in outcome ? last.get(outcome.order.id) : undefined),
  );
  print(`\n${verdictTable(verdicts)}\n`);
  if (confirmedAt !== undefined)
    print(`  first order confirmed ${bold(duration(confirmedAt - startedAt))} after the start`);
  const delivered = !untilDelivered || (await followDelivery(api, placed, began));
  return delivered && verdicts.every(({ good }) => good);
}

/** The first order that is to be confirmed, until the carrier has delivered it. */
async function followDelivery(api: Placer, placed: readonly Placed[], began: number): Promise<boolean> {
  const [first] = placed.filter(({ sample }) => sample.expected.kind === 'confirmed');
  if (first === undefined) return false;
  print(`\n  following ${bold(first.sample.name)} until it is delivered\n`);
  const last = await followOrders(
    api,
    [first],
    ({ status, needsAttention }) => status === 'DELIVERED' || needsAttention !== null,
    (happening) => {
      if (happening.entry.kind === 'fact') tell(began, happening);
    },
  );
  return last.get(first.order.id)?.status === 'DELIVERED';
}

function tell(began: number, { placed, entry }: Happening): void {
  say(Date.parse(entry.at) - began, placed.sample.name, timelineLine(entry));
}

function say(sinceMs: number, name: string, what: string): void {
  print(`  ${dim(`+${(sinceMs / 1_000).toFixed(2)} s`.padStart(9))}  ${name.padEnd(NAME_WIDTH)}  ${what}`);
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ sample, good, expected, actual, order }) => [
    good ? green('✓') : red('✗'),
    sample.name,
    dim(sample.shows),
    expected,
    good ? actual : red(actual),
    order ? money(order.payment.captured, order.total.currency) : '–',
    order ? money(order.payment.refunded, order.total.currency) : '–',
    dim(order?.id ?? ''),
  ]);
  return table(['', 'order', '', 'expected', 'actual', 'captured', 'refunded', 'id'], rows);
}
