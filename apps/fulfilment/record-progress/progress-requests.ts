import {
  Direction,
  Ending,
  Outcome,
  ShipmentStatus,
  type RecordAmendmentRequest,
  type RecordDecisionRequest,
  type RecordFactRequest,
  type RecordStepRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { StepDirection, StepOutcome } from '#libs/contracts/steps.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type {
  AmendmentRecord,
  DecisionRecord,
  FactRecord,
  StepRecord,
  UndoneEnding,
} from '#workflows/fulfil-order/contract.js';

const DIRECTIONS: Readonly<Record<StepDirection, Direction>> = { do: Direction.DO, undo: Direction.UNDO };

const OUTCOMES: Readonly<Record<StepOutcome, Outcome>> = {
  ok: Outcome.OK,
  failed: Outcome.FAILED,
  refused: Outcome.REFUSED,
  timed_out: Outcome.TIMED_OUT,
};

const ENDINGS: Readonly<Record<UndoneEnding['status'], Ending>> = {
  REJECTED: Ending.REJECTED,
  CANCELLED: Ending.CANCELLED,
};

export function stepRequest(record: StepRecord): RecordStepRequest {
  const { orderId, step, attempt, detail, amount, shipment } = record;
  return {
    orderId,
    step,
    attempt,
    detail,
    direction: DIRECTIONS[record.direction],
    outcome: OUTCOMES[record.outcome],
    startedAt: dateOf(record.startedAt),
    endedAt: dateOf(record.endedAt),
    amount,
    shipment: shipment && { ...shipment, items: [...shipment.items], deliverBy: new Date(shipment.deliverBy) },
  };
}

export function endingRequest({ status }: UndoneEnding): Ending {
  return ENDINGS[status];
}

/** @throws WaybillError for a fact that is not recorded: a lost parcel only asks for attention. */
export function factRequest({ orderId, fact }: FactRecord): RecordFactRequest {
  const { factId, kind, shipmentId, occurredAt } = fact;
  if (kind === 'lost') throw new WaybillError('INTERNAL', 'A lost parcel is no progress of its order');
  const status = kind === 'dispatched' ? ShipmentStatus.DISPATCHED : ShipmentStatus.DELIVERED;
  return { orderId, factId, fact: status, shipmentId, occurredAt: new Date(occurredAt) };
}

export function decisionRequest(record: DecisionRecord): RecordDecisionRequest {
  const { orderId, commandId, requestedBy, command = 'cancel', decision } = record;
  const code = decision.decision === 'refused' ? decision.code : '';
  return { orderId, commandId, command, accepted: decision.decision === 'accepted', code, requestedBy };
}

export function amendmentRequest({ items, shippingAddress, ...record }: AmendmentRecord): RecordAmendmentRequest {
  return { ...record, items: [...items], shippingAddress: { ...shippingAddress } };
}

function dateOf(time: string | null): Date | undefined {
  return time === null ? undefined : new Date(time);
}
