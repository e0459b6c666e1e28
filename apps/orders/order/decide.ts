import type { RejectionReason } from '#libs/contracts/events.js';
import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import type { BeginUndo, OrderCommand, ProgressCommand, RecordAttention, RecordEnding } from './commands.js';
import { decideAmendment, decideAmendRequest } from './decide-amendment.js';
import { decideFact } from './decide-fact.js';
import { decideCancelRequest, decideDecision } from './decide-request.js';
import { decideStep } from './decide-step.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { isFinal, phaseOf, settledContent, stepsToUndo, type Order, type OrderState } from '#libs/order-log/order.js';

/**
 * The events that a command adds to an order's log. None: the command was carried out before, or came too late to matter.
 * @throws WaybillError when the command contradicts what the log says.
 */
export function decide(command: OrderCommand, state: OrderState): readonly OrderEvent[] {
  if (command.type === 'place-order') {
    return state.kind === 'not-placed' ? [{ type: 'OrderPlaced', data: command.order }] : [];
  }
  if (state.kind === 'not-placed') throw new WaybillError('NOT_FOUND', 'There is no such order');
  return decideProgress(command, state);
}

function decideProgress(command: ProgressCommand, order: Order): readonly OrderEvent[] {
  switch (command.type) {
    case 'record-step':
      return decideStep(command, order);
    case 'begin-undo':
      return decideUndo(command, order);
    case 'record-ending':
      return decideEnding(command, order);
    case 'record-fact':
      return decideFact(command, order);
    case 'request-cancel':
      return decideCancelRequest(command, order);
    case 'request-amend':
      return decideAmendRequest(command, order);
    case 'record-decision':
      return decideDecision(command, order);
    case 'record-amendment':
      return decideAmendment(command, order);
    case 'raise-attention':
    case 'clear-attention':
      return decideAttention(command, order);
    default:
      return unreachable(command);
  }
}

/** The first undo decides where it leads. After the parcel is handed over there is none. */
function decideUndo({ ending, reason }: BeginUndo, { placed: { orderId }, progress }: Order): readonly OrderEvent[] {
  switch (phaseOf(progress.status)) {
    case 'undoing':
    case 'undone':
      return [];
    case 'fulfilled':
      throw new WaybillError('ALREADY_FINAL', `The order is ${progress.status}: nothing is left to undo`);
    case 'forward':
      if (progress.status === 'SHIPPED' || progress.status === 'PARTIALLY_SHIPPED') {
        throw new WaybillError('TOO_LATE', 'The parcel has been handed over: only a return can follow');
      }
      return ending === 'REJECTED'
        ? [{ type: 'OrderRejecting', data: { orderId, reason, ...settledContent(progress) } }]
        : [{ type: 'OrderCancelling', data: { orderId, reason, ...settledContent(progress) } }];
  }
}

/** The undo ends only where it began, and only when everything that was done is undone. */
function decideEnding({ ending }: RecordEnding, { placed, progress }: Order): readonly OrderEvent[] {
  const { status, reason } = progress;
  if (status === ending) return [];
  if (isFinal(status)) throw new WaybillError('ALREADY_FINAL', `The order is ${status}, it cannot become ${ending}`);
  if (status !== (ending === 'REJECTED' ? 'REJECTING' : 'CANCELLING') || reason === null) {
    throw new WaybillError('INVALID_REQUEST', `The order is ${status}: begin the undo that leads to ${ending} first`);
  }
  const [left] = stepsToUndo(progress);
  if (left !== undefined) throw new WaybillError('INVALID_REQUEST', `The undo of ${left} is not recorded as done`);
  const { orderId, customerId, items, total } = placed;
  const order = { orderId, customerId, items, total };
  if (ending === 'CANCELLED') return [{ type: 'OrderCancelled', data: { ...order, reason } }];
  // OrderRejecting, which put the reason there, carries no other.
  return [{ type: 'OrderRejected', data: { ...order, reason: reason as RejectionReason } }];
}

function decideAttention(command: RecordAttention, { placed: { orderId }, progress }: Order): readonly OrderEvent[] {
  const { step } = command;
  const raised = progress.attention.some((attention) => attention.step === step);
  if (command.type === 'clear-attention') return raised ? [{ type: 'AttentionCleared', data: { orderId, step } }] : [];
  const { reason, since } = command;
  const late = isFinal(progress.status) || since <= (progress.cleared[step] ?? '');
  return raised || late ? [] : [{ type: 'AttentionRaised', data: { orderId, step, reason, since } }];
}
