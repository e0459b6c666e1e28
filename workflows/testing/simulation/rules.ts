import { STEPS } from '#libs/contracts/steps.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { messageOf } from '#libs/kernel/errors.js';
import type { Due, Participants } from '../../fulfil-order/testing/violations.js';
import { participantsViolations } from '../../fulfil-order/testing/violations.js';
import { sumOf } from '../../fulfil-order/testing/stock.js';
import type { SimulatedOrder } from './order.js';
import type { OrdersLog } from './orders-log.js';
import type { Asked, SimulatedRunner } from './runner.js';

export interface Ended extends Participants {
  readonly order: SimulatedOrder;
  readonly log: OrdersLog;
  readonly runner: SimulatedRunner;
}

/** What must hold of every history, now that nothing is left that could happen. */
export function violationsOf(ended: Ended): string[] {
  const { order, log, runner } = ended;
  if (order.failure !== undefined) return [`A: the workflow failed, that is a bug: ${messageOf(order.failure)}`];
  if (!order.result) return ['A: the order never ends'];
  const due = order.result.status === 'DELIVERED' ? dueOf(log) : undefined;
  return [
    ...participantsViolations(ended, due),
    ...agreement(ended),
    ...undoneInOrder(runner.asked, order),
    ...stopped(runner.asked),
    ...runner.mistakes,
    ...logged(log),
  ];
}

/** What orders' log says is to be paid and sent. */
function dueOf({ order: { placed } }: OrdersLog): Due {
  return { amount: placed.total.amount, quantity: sumOf(placed.items), line1: placed.shippingAddress.line1 };
}

/** What a participant answers a step whose undo, or whose arbiter, came first. */
const OVERTAKEN = ['RELEASED', 'SETTLED', 'SHIPMENT_CANCELLED'];

/** The answers that were given, the workflow's result and orders' log say the same. */
function agreement({ order, log }: Ended): string[] {
  const amended = [...order.amendDecisions].flatMap(([id, { decision }]) => (decision === 'accepted' ? [id] : []));
  const applied = log.events.flatMap((event) => (event.type === 'AmendApplied' ? [event.data.commandId] : []));
  const status = order.result?.status;
  const { progress } = log.order;
  const answers = order.decisions.map((decision) =>
    decision.decision === 'accepted' ? decision.decision : decision.code,
  );
  const broken: Readonly<Record<string, boolean>> = {
    [`A: the workflow says ${status}, orders' log ${progress.status}`]: progress.status !== status,
    [`a cancel was accepted, but the order is ${status}`]: answers.includes('accepted') && status !== 'CANCELLED',
    'cancelled, but nobody was told that': status === 'CANCELLED' && !answers.includes('accepted'),
    [`a cancel came too late, but the order is ${status}`]: answers.includes('TOO_LATE') && status !== 'DELIVERED',
    'a cancel found the order final, which was then cancelled':
      answers.includes('ALREADY_FINAL') && status === 'CANCELLED',
    'rejected for what its own cancel had brought about':
      order.turn?.because === 'failed' && OVERTAKEN.includes(order.turn.code),
    'a decision is not recorded': progress.commandIds.length !== answers.length + order.amendDecisions.size,
    [`amendments [${amended.join()}] were accepted, [${applied.join()}] applied`]:
      amended.toSorted().join() !== applied.toSorted().join(),
    'cancelled or rejected after it was shipped': status !== 'DELIVERED' && log.events.some(isShipped),
  };
  return Object.keys(broken).filter((violation) => broken[violation]);
}

/** What was started is undone in reverse, after a cancel also what would have come next; each undo begins when the one before has ended or failed once, and all end. */
function undoneInOrder(asked: readonly Asked[], { turn }: SimulatedOrder): string[] {
  const started = asked.filter(({ what }) => what === 'do').map(({ step }) => step);
  const begun = asked.filter(({ what }) => what === 'undo').map(({ step }) => step);
  const next = turn?.because === 'cancelled' ? STEPS.slice(started.length, started.length + 1) : [];
  const due = turn === undefined ? [] : [...next, ...started.toReversed()];
  if (begun.join() !== due.join()) return [`undone: [${begun.join()}], due: [${due.join()}]`];
  const at = (step: string, ...what: readonly Asked['what'][]) =>
    asked.findIndex((one) => one.step === step && what.includes(one.what));
  return begun.flatMap((step, index) => {
    const next = begun[index + 1];
    const [failed, ended] = [at(step, 'undo failed'), at(step, 'undo ended')];
    const heldUp = next !== undefined && failed >= 0 && at(next, 'undo') > ended;
    const tooSoon = next !== undefined && at(next, 'undo') < at(step, 'undo failed', 'undo ended');
    return [
      ...(tooSoon ? [`the undo of ${next} began before that of ${step} had ended or failed`] : []),
      ...(heldUp ? [`the undo of ${next} waited for that of ${step}, which kept failing`] : []),
      ...(ended < 0 || ended > at('all', 'undo ended') ? [`the end of the undo of ${step} was not awaited`] : []),
    ];
  });
}

/** A cancel that was accepted ends the attempts of the step under way. */
function stopped(asked: readonly Asked[]): string[] {
  const cancelled = asked.findIndex(({ what }) => what === 'cancelled');
  const later = cancelled < 0 ? [] : asked.slice(cancelled).filter(({ what }) => what === 'attempt');
  return later.map(({ step }) => `an attempt of ${step} began after the cancel was accepted`);
}

/** The log is whole: confirmed once at most, cancelled on a cancel's word, and what was delivered has all of its steps. */
function logged({ order: { progress }, events }: OrdersLog): string[] {
  const confirmed = events.filter(({ type }) => type === 'OrderConfirmed').length;
  const first = (type: OrderEvent['type']) => events.findIndex((event) => event.type === type);
  const [accepted, undoing] = [first('CancelAccepted'), first('OrderCancelling')];
  const broken: Readonly<Record<string, boolean>> = {
    'A: confirmed more than once': confirmed > 1,
    'undone before it was recorded that the cancel is accepted': undoing >= 0 && (accepted < 0 || accepted > undoing),
    'A: delivered, but never confirmed': progress.status === 'DELIVERED' && confirmed === 0,
  };
  return Object.keys(broken).filter((violation) => broken[violation]);
}

function isShipped({ type }: { readonly type: string }): boolean {
  return type === 'OrderShipped' || type === 'OrderDelivered';
}
