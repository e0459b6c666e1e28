import { Outcome, TimelineKind, type TimelineEntry } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { StepOutcome } from '#libs/contracts/steps.js';
import { unreachable } from '#libs/kernel/errors.js';
import type { EventOf, OrderEvent } from './events.js';

const OUTCOMES: Readonly<Record<StepOutcome, Outcome>> = {
  ok: Outcome.OK,
  failed: Outcome.FAILED,
  refused: Outcome.REFUSED,
  timed_out: Outcome.TIMED_OUT,
};

/** One event of the log as one line of the timeline. */
export function timelineEntry(event: OrderEvent, occurredAt: Date): TimelineEntry {
  switch (event.type) {
    case 'OrderProgressed':
      return attempt(event, occurredAt);
    case 'OrderPlaced':
      return command('place-order', Outcome.OK, '', occurredAt);
    case 'CancelRequested':
      return command('request-cancel', Outcome.OK, event.data.reason ?? '', occurredAt);
    case 'CancelAccepted':
      return command('cancel', Outcome.OK, `Asked for by ${event.data.requestedBy}`, occurredAt);
    case 'CancelRefused':
      return command('cancel', Outcome.REFUSED, event.data.code, occurredAt);
    case 'AmendRequested':
      return command('request-amend', Outcome.OK, changesOf(event.data), occurredAt);
    case 'AmendApplied':
      return command('amend', Outcome.OK, `Asked for by ${event.data.requestedBy}`, occurredAt);
    case 'AmendRefused':
      return command('amend', Outcome.REFUSED, event.data.code, occurredAt);
    case 'OrderConfirmed':
      return fact('confirmed', '', occurredAt);
    case 'OrderRejecting':
      return fact('rejecting', event.data.reason, occurredAt);
    case 'OrderRejected':
      return fact('rejected', event.data.reason, occurredAt);
    case 'OrderCancelling':
      return fact('cancelling', event.data.reason, occurredAt);
    case 'OrderCancelled':
      return fact('cancelled', event.data.reason, occurredAt);
    case 'OrderShipped':
      return fact('dispatched', event.data.shipmentId, new Date(event.data.at));
    case 'OrderDelivered':
      return fact('delivered', event.data.shipmentId, new Date(event.data.at));
    case 'AttentionRaised':
      return fact('needs-attention', `${event.data.step}: ${event.data.reason}`, occurredAt);
    case 'AttentionCleared':
      return fact('attention-cleared', event.data.step, occurredAt);
    default:
      return unreachable(event);
  }
}

/** In words, and without the address itself. */
function changesOf({ items = [], shippingAddress }: EventOf<'AmendRequested'>['data']): string {
  const lines = items.map(({ sku, quantity }) => `${quantity} × ${sku}`);
  return [...lines, ...(shippingAddress ? ['another address'] : [])].join(', ');
}

/** An attempt stands where it ended. */
function attempt({ data }: EventOf<'OrderProgressed'>, occurredAt: Date): TimelineEntry {
  const { step, direction, startedAt, endedAt, outcome, detail } = data;
  const durationMs =
    startedAt !== null && endedAt !== null ? Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) : undefined;
  return {
    at: endedAt === null ? occurredAt : new Date(endedAt),
    kind: direction === 'do' ? TimelineKind.STEP : TimelineKind.UNDO,
    step,
    attempt: data.attempt,
    outcome: OUTCOMES[outcome],
    detail,
    ...(durationMs !== undefined && { durationMs }),
  };
}

function command(step: string, outcome: Outcome, detail: string, at: Date): TimelineEntry {
  return { at, kind: TimelineKind.COMMAND, step, attempt: 0, outcome, detail };
}

function fact(step: string, detail: string, at: Date): TimelineEntry {
  return { at, kind: TimelineKind.FACT, step, attempt: 0, outcome: Outcome.OK, detail };
}
