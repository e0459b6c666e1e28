/** What the world outside needs to know of this workflow: to start it, to command it, to tell it facts, to run its activities. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  AddressData,
  EndingReason,
  EventData,
  LineData,
  RejectionReason,
  ShipmentData,
} from '#libs/contracts/events.js';
import type { StepName } from '#libs/contracts/steps.js';
import type { Decision } from '../saga.js';
import type { FulfilmentPolicy } from './policy.js';

export const WORKFLOW_TYPE = 'fulfilOrder';
export const TASK_QUEUE = 'fulfilment';

/** One workflow per order, for ever: a second start under this id is refused by Temporal. */
export function workflowIdOf(orderId: string): string {
  return `order-${orderId}`;
}

export function orderIdOf(workflowId: string): string {
  return workflowId.slice(workflowIdOf('').length);
}

/** Ids and status only, written seldom. */
export const SEARCH_ATTRIBUTES = {
  orderId: { name: 'WaybillOrderId', type: 'KEYWORD' },
  customerId: { name: 'WaybillCustomerId', type: 'KEYWORD' },
  status: { name: 'WaybillStatus', type: 'KEYWORD' },
  needsAttention: { name: 'WaybillNeedsAttention', type: 'BOOL' },
} as const;

export interface FulfilOrderInput {
  readonly order: EventData['OrderPlaced'];
  readonly policy: FulfilmentPolicy;
}

/** Every business ending completes the workflow. A failed workflow is a bug. */
export type FulfilOrderResult = { readonly status: 'DELIVERED' } | UndoneEnding;

export type UndoneEnding =
  | { readonly status: 'REJECTED'; readonly reason: RejectionReason }
  | { readonly status: 'CANCELLED'; readonly reason: EndingReason };

export const REQUESTERS = ['customer', 'operator', 'temporal'] as const;

export interface CancelRequest {
  /** Also the update's id: the same command is decided once. */
  readonly commandId: string;
  readonly requestedBy: (typeof REQUESTERS)[number];
}

/** Answers with the decision, not with the undo's end. */
export const cancelUpdate = defineUpdate<Decision, [CancelRequest]>('cancel');

export interface AmendRequest {
  /** Also the update's id: the same command is decided once. */
  readonly commandId: string;
  readonly requestedBy: Exclude<CancelRequest['requestedBy'], 'temporal'>;
  /** New quantities of some of the order's lines. */
  readonly items?: readonly LineData[];
  readonly shippingAddress?: AddressData;
  /** The amendment that has to be the last one, null for none: whoever asks has seen no other. Absent: it does not matter. */
  readonly follows?: string | null;
}

export type AmendDecision =
  Decision | { readonly decision: 'refused'; readonly code: 'OUT_OF_STOCK' | 'VERSION_MISMATCH' };

/** Answers with the decision; what is accepted is in orders' log by then. */
export const amendUpdate = defineUpdate<AmendDecision, [AmendRequest]>('amend');

/** What the carrier reported. */
export interface Fact {
  readonly factId: string;
  readonly kind: 'dispatched' | 'delivered' | 'lost';
  readonly shipmentId: string;
  /** ISO 8601. */
  readonly occurredAt: string;
}

export const factSignal = defineSignal<[Fact]>('fact');

/** One attempt, as it is recorded in orders. */
export type StepRecord = EventData['OrderProgressed'];

/** The participant has answered. */
export interface StepAnswer {
  /** Set when orders could not be told of it: the workflow repeats that alone. */
  readonly unrecorded?: StepRecord;
}

export interface ShippingAnswer extends StepAnswer {
  readonly shipment: Pick<ShipmentData, 'id' | 'tracking' | 'deliverBy'>;
}

export interface StepCall {
  readonly orderId: string;
  /** Of this step, by other activities: the numbering goes on from there. */
  readonly attemptsBefore: number;
}

export interface ReserveInventoryCall extends StepCall {
  readonly lines: readonly LineData[];
}

export interface ProcessPaymentCall extends StepCall {
  readonly customerId: string;
  readonly amount: EventData['OrderPlaced']['total'];
  readonly paymentMethod: string;
}

export interface ScheduleShippingCall extends StepCall {
  readonly lines: readonly LineData[];
  readonly address: EventData['OrderPlaced']['shippingAddress'];
  readonly shippingMethod: string;
}

/** Each records its attempt in orders. A refusal is a non-retryable failure whose type is its code. */
export interface StepActivities {
  reserveInventory(call: ReserveInventoryCall): Promise<StepAnswer>;
  releaseInventory(call: StepCall): Promise<StepAnswer>;
  processPayment(call: ProcessPaymentCall): Promise<StepAnswer>;
  settlePayment(call: StepCall): Promise<StepAnswer>;
  scheduleShipping(call: ScheduleShippingCall): Promise<ShippingAnswer>;
  unscheduleShipping(call: StepCall): Promise<StepAnswer>;
  /** Asks shipping, the arbiter. `stopped`: the parcel will certainly never be handed over. Fails while there is no answer. */
  cancelShipment(call: { readonly orderId: string }): Promise<{ readonly stopped: boolean }>;
}

export interface AmendReservationCall {
  readonly orderId: string;
  readonly commandId: string;
  /** All of them. */
  readonly lines: readonly LineData[];
}

export interface AmendActivities {
  /** A refusal is a non-retryable failure whose type is its code; then the reservation is what it was. */
  amendReservation(call: AmendReservationCall): Promise<void>;
}

export interface DecisionRecord extends CancelRequest {
  readonly orderId: string;
  /** Absent: cancel. */
  readonly command?: 'amend';
  readonly decision: AmendDecision;
}

/** The order as it is going to be charged and sent. */
export interface AmendmentRecord extends Pick<AmendRequest, 'commandId' | 'requestedBy'> {
  readonly orderId: string;
  readonly items: readonly LineData[];
  readonly total: EventData['OrderPlaced']['total'];
  readonly shippingAddress: AddressData;
}

export interface AttentionRecord {
  readonly orderId: string;
  readonly topic: AttentionTopic;
  readonly raised: boolean;
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
}

/** What an order can need a person for. */
export type AttentionTopic = StepName | 'dispatch' | 'delivery';

/** What the workflow itself records in orders. Each can be repeated without harm. */
export interface RecordActivities {
  recordStep(record: StepRecord): Promise<void>;
  beginUndo(record: { readonly orderId: string; readonly ending: UndoneEnding }): Promise<void>;
  recordEnding(record: { readonly orderId: string; readonly ending: UndoneEnding }): Promise<void>;
  recordDecision(record: DecisionRecord): Promise<void>;
  recordAmendment(record: AmendmentRecord): Promise<void>;
  recordAttention(record: AttentionRecord): Promise<void>;
  /** The first fact of a parcel: moves its stock from reserved to shipped, then records the fact. */
  shipOrder(record: FactRecord): Promise<void>;
  recordFact(record: FactRecord): Promise<void>;
}

export interface FactRecord {
  readonly orderId: string;
  readonly fact: Fact;
}

export type FulfilmentActivities = StepActivities & AmendActivities & RecordActivities;
