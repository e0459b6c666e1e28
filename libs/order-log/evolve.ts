import type { EventData } from '#libs/contracts/events.js';
import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import type { OrderEvent } from './events.js';
import {
  canMove,
  isDone,
  NOT_PLACED,
  phaseOf,
  stepProgress,
  type Order,
  type OrderState,
  type OrderStatus,
  type Payment,
  type Placed,
  type Progress,
  type Shipment,
} from './order.js';

type Progressed = EventData['OrderProgressed'];

/** The state after one more event of the log. Total: an event that was once recorded is never refused. */
export function evolve(state: OrderState, event: OrderEvent): Order {
  if (event.type === 'OrderPlaced') return place(event.data);
  if (state.kind === 'not-placed') throw new WaybillError('INTERNAL', `A log cannot begin with ${event.type}`);
  const version = state.version + 1;
  if (event.type === 'AmendApplied') return amend({ ...state, version }, event.data);
  const progress = change(state.progress, event);
  return { ...state, version, progress: { ...progress, status: statusOf(progress) } };
}

/** The state after a whole log. */
export function fold(events: readonly OrderEvent[]): OrderState {
  return events.reduce<OrderState>(evolve, NOT_PLACED);
}

function place(placed: Placed): Order {
  const progress: Progress = {
    status: 'PENDING',
    reason: null,
    confirmed: false,
    payment: { status: 'NONE', captured: 0, refunded: 0 },
    shipments: [],
    steps: {},
    attention: [],
    cleared: {},
    commandIds: [],
  };
  return { kind: 'placed', version: 1, placed, progress };
}

function amend({ placed, progress, ...order }: Order, event: EventData['AmendApplied']): Order {
  const { commandId, items, total, shippingAddress } = event;
  const amended = { commandId, version: order.version };
  return {
    ...order,
    placed: { ...placed, items, total, shippingAddress },
    progress: { ...progress, commandIds: [...progress.commandIds, commandId], amended },
  };
}

function change(
  progress: Progress,
  event: Exclude<OrderEvent, { type: 'OrderPlaced' } | { type: 'AmendApplied' }>,
): Progress {
  switch (event.type) {
    case 'OrderProgressed':
      return advance(progress, event.data);
    case 'OrderConfirmed':
      return { ...progress, confirmed: true };
    case 'OrderRejecting':
      return beginUndo(progress, 'REJECTING', event.data.reason);
    case 'OrderCancelling':
      return beginUndo(progress, 'CANCELLING', event.data.reason);
    case 'OrderRejected':
      return end(progress, 'REJECTED');
    case 'OrderCancelled':
      return end(progress, 'CANCELLED');
    case 'OrderShipped':
      return move(progress, event.data, 'DISPATCHED');
    case 'OrderDelivered':
      return move(progress, event.data, 'DELIVERED');
    case 'CancelRequested':
    case 'AmendRequested':
      return { ...progress, requestedIds: [...(progress.requestedIds ?? []), event.data.commandId] };
    case 'CancelAccepted':
    case 'CancelRefused':
    case 'AmendRefused':
      return { ...progress, commandIds: [...progress.commandIds, event.data.commandId] };
    case 'AttentionRaised': {
      const { step, reason, since } = event.data;
      return { ...progress, attention: [...progress.attention, { step, reason, since }] };
    }
    case 'AttentionCleared':
      return clearAttention(progress, event.data.step);
    default:
      return unreachable(event);
  }
}

/** Forward, the status follows from what is done; on the way back it is what was recorded. */
function statusOf(progress: Progress): OrderStatus {
  if (phaseOf(progress.status) !== 'forward') return progress.status;
  if (progress.confirmed) return shippedStatus(progress.shipments);
  if (!isDone(progress, 'reserve-inventory')) return 'PENDING';
  return isDone(progress, 'process-payment') ? 'PAID' : 'RESERVED';
}

function shippedStatus(shipments: readonly Shipment[]): OrderStatus {
  const live = shipments.filter(({ status }) => status !== 'CANCELLED');
  if (live.length === 0 || live.every(({ status }) => status === 'SCHEDULED')) return 'CONFIRMED';
  if (live.every(({ status }) => status === 'DELIVERED')) return 'DELIVERED';
  return live.some(({ status }) => status === 'SCHEDULED') ? 'PARTIALLY_SHIPPED' : 'SHIPPED';
}

function advance(progress: Progress, event: Progressed): Progress {
  const before = stepProgress(progress, event.step, event.direction);
  const after = {
    attempts: Math.max(before.attempts, event.attempt),
    done: before.done || event.outcome === 'ok',
  };
  const next = { ...progress, steps: { ...progress.steps, [`${event.step}/${event.direction}`]: after } };
  switch (event.step) {
    case 'reserve-inventory':
      return { ...next, payment: expectPayment(next, event) };
    case 'process-payment':
      return { ...next, payment: event.direction === 'do' ? charge(next, event) : settle(next, event) };
    case 'schedule-shipping':
      return { ...next, shipments: event.direction === 'do' ? schedule(next, event) : cancelShipments(next, event) };
    default:
      return unreachable(event.step);
  }
}

/** Once the stock is firm, the charge is what comes next. */
function expectPayment({ payment }: Progress, { direction, outcome }: Progressed): Payment {
  const next = direction === 'do' && outcome === 'ok' && payment.status === 'NONE';
  return next ? { ...payment, status: 'AUTHORISING' } : payment;
}

function charge({ payment, status }: Progress, { outcome, amount }: Progressed): Payment {
  switch (outcome) {
    case 'ok': {
      const captured = Math.max(payment.captured, amount?.amount ?? 0);
      return { ...payment, captured, status: phaseOf(status) === 'forward' ? 'CAPTURED' : 'REFUNDING' };
    }
    case 'refused':
      return payment.captured > 0 ? payment : { ...payment, status: 'DECLINED' };
    case 'failed':
    case 'timed_out':
      return payment.status === 'NONE' ? { ...payment, status: 'AUTHORISING' } : payment;
    default:
      return unreachable(outcome);
  }
}

/** What was refunded had been captured, whether or not an attempt lived to tell. */
function settle({ payment }: Progress, { outcome, amount }: Progressed): Payment {
  if (outcome !== 'ok') return payment;
  const refunded = Math.max(payment.refunded, amount?.amount ?? 0);
  const captured = Math.max(payment.captured, refunded);
  if (captured === 0) return payment.status === 'DECLINED' ? payment : { ...payment, status: 'NONE' };
  return { captured, refunded, status: refunded === captured ? 'REFUNDED' : payment.status };
}

function schedule({ shipments }: Progress, { outcome, shipment }: Progressed): readonly Shipment[] {
  const known = shipments.some(({ id }) => id === shipment?.id);
  return outcome !== 'ok' || shipment === undefined || known
    ? shipments
    : [...shipments, { ...shipment, status: 'SCHEDULED' }];
}

function cancelShipments({ shipments }: Progress, { outcome }: Progressed): readonly Shipment[] {
  if (outcome !== 'ok') return shipments;
  return shipments.map((shipment) =>
    shipment.status === 'SCHEDULED' ? { ...shipment, status: 'CANCELLED' } : shipment,
  );
}

function beginUndo(progress: Progress, status: OrderStatus, reason: NonNullable<Progress['reason']>): Progress {
  const { payment } = progress;
  const refunding = payment.status === 'CAPTURED';
  return { ...progress, status, reason, payment: refunding ? { ...payment, status: 'REFUNDING' } : payment };
}

/** A charge that was awaited when the undo began has come to nothing. */
function end(progress: Progress, status: OrderStatus): Progress {
  const { payment } = progress;
  const vain = payment.status === 'AUTHORISING';
  return { ...progress, status, payment: vain ? { ...payment, status: 'NONE' } : payment };
}

function move(progress: Progress, fact: { shipmentId: string }, to: 'DISPATCHED' | 'DELIVERED'): Progress {
  const shipments = progress.shipments.map((shipment) =>
    shipment.id === fact.shipmentId && canMove(shipment, to) ? { ...shipment, status: to } : shipment,
  );
  return { ...progress, shipments };
}

function clearAttention(progress: Progress, step: string): Progress {
  const cleared = progress.attention.find((attention) => attention.step === step);
  return {
    ...progress,
    attention: progress.attention.filter((attention) => attention.step !== step),
    cleared: cleared ? { ...progress.cleared, [step]: cleared.since } : progress.cleared,
  };
}
