import { PROCESSES } from './processes.js';
import { settle, verifyAtRest, type Violation } from './settle.js';
import type { Outcomes } from './flights.js';
import type { Stage } from './stage.js';

/** Everything that a run found, and whether it is as it must be. */
export interface Judgement {
  readonly outcomes: Outcomes;
  readonly lost: number;
  readonly notSettled: readonly string[];
  readonly violations: readonly Violation[];
  readonly broken: readonly string[];
  readonly good: boolean;
}

const SETTLE_MS = 240_000;

export interface JudgeOptions {
  /** Also wait until every confirmed order is delivered. */
  readonly delivered: boolean;
  /** A pm_ok order to a served country must not be rejected. */
  readonly nothingRejectedWrongly: boolean;
}

/** Lets everything come to rest, then asks the databases and the providers' books what is true. */
export async function judge(stage: Stage, { delivered, nothingRejectedWrongly }: JudgeOptions): Promise<Judgement> {
  const { system, load, flights, history } = stage;
  await load.answered();
  await system.untilReady();
  const notSettled = await settle(flights, delivered, SETTLE_MS);
  const violations = await verifyAtRest(system, load.accepted, history.file.replace('.ndjson', '.accepted.ndjson'));
  const outcomes = await flights.outcomes();
  const lost = violations.filter(({ message }) => message.endsWith('it is lost')).length;
  const mostKeys = load.counts.accepted + load.counts.abandoned;
  const broken = [
    ...stage.broken,
    ...load.broken,
    ...(outcomes.recorded > mostKeys ? [`${outcomes.recorded} orders for ${mostKeys} keys: one ran twice`] : []),
    ...(nothingRejectedWrongly
      ? outcomes.wronglyRejected.map((id) => `order ${id} was rejected, and must not have been`)
      : []),
  ];
  const good = [notSettled, violations, broken].every(({ length }) => length === 0) && outcomes.needingAttention === 0;
  return { outcomes, lost, notSettled, violations, broken, good };
}

/** The table at the end of a run. */
export function report(
  { load: { counts }, blows, notes }: Stage,
  { outcomes, lost, notSettled, violations, broken }: Judgement,
): string {
  const dealt = (name: string, manner: string): number =>
    blows.dealt.filter((blow) => blow.name === name && blow.manner === manner).length;
  const least = (name?: string): string => {
    const counted = blows.dealt
      .filter((blow) => name === undefined || blow.name === name)
      .map(({ inFlight }) => inFlight);
    return counted.length === 0 ? '–' : String(Math.min(...counted));
  };
  const total = (manner: string): number => blows.dealt.filter((blow) => blow.manner === manner).length;
  const hit = PROCESSES.filter((name) => blows.dealt.some((blow) => blow.name === name));
  return [
    ...notes,
    ...(notes.length === 0 ? [] : ['']),
    row(['process', 'SIGKILLs', 'at failpoints', 'SIGSTOPs', 'least in flight']),
    ...hit.map((name) => row([name, dealt(name, 'kill'), dealt(name, 'failpoint'), dealt(name, 'stop'), least(name)])),
    row(['all', total('kill'), total('failpoint'), total('stop'), least()]),
    '',
    pair('orders placed', counts.placed),
    pair('accepted / refused / never answered', `${counts.accepted} / ${counts.refused} / ${counts.abandoned}`),
    pair('confirmed / rejected / cancelled', `${outcomes.confirmed} / ${outcomes.rejected} / ${outcomes.cancelled}`),
    pair('longest until confirmed or ended', `${(outcomes.longestUnsettledMs / 1_000).toFixed(1)} s`),
    pair('lost', lost),
    pair('not settled', notSettled.length),
    pair('violations', violations.length),
    pair('needing attention', outcomes.needingAttention),
    pair('pm_ok to a served country, rejected', outcomes.wronglyRejected.length),
    ...[
      ...notSettled.map((id) => `not settled: order ${id}`),
      ...violations.map(({ invariant, orderId, message }) => `${invariant} ${orderId ?? ''} ${message}`),
      ...broken,
    ].map((line) => `  ✗ ${line}`),
  ].join('\n');
}

function row([name = '', ...cells]: readonly (string | number)[]): string {
  return `  ${String(name).padEnd(20)}${cells.map((cell) => String(cell).padStart(16)).join('')}`;
}

function pair(name: string, value: string | number): string {
  return `  ${name.padEnd(40)}${String(value).padStart(16)}`;
}
