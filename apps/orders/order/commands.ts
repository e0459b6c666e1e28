import type {
  AddressData,
  EndingReason,
  EventData,
  LineData,
  RejectionReason,
  ShipmentData,
} from '#libs/contracts/events.js';
import type { Money } from '#libs/contracts/money.js';
import type { StepDirection, StepName, StepOutcome } from '#libs/contracts/steps.js';

export interface PlaceOrder {
  readonly type: 'place-order';
  readonly order: EventData['OrderPlaced'];
}

/** One attempt of a step, or of its undo, has ended. */
export interface RecordStep {
  readonly type: 'record-step';
  readonly step: StepName;
  readonly direction: StepDirection;
  readonly attempt: number;
  readonly outcome: StepOutcome;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly detail: string;
  readonly amount?: Money;
  readonly shipment?: ShipmentData;
}

/** From here on the order is undone; `ending` is what that leads to. */
export type BeginUndo =
  | { readonly type: 'begin-undo'; readonly ending: 'REJECTED'; readonly reason: RejectionReason }
  | { readonly type: 'begin-undo'; readonly ending: 'CANCELLED'; readonly reason: EndingReason };

export interface RecordEnding {
  readonly type: 'record-ending';
  readonly ending: 'REJECTED' | 'CANCELLED';
}

/** What the carrier reports of a shipment. */
export interface RecordFact {
  readonly type: 'record-fact';
  readonly fact: 'DISPATCHED' | 'DELIVERED';
  readonly factId: string;
  readonly shipmentId: string;
  readonly at: string;
}

/** Somebody asks for the order to be cancelled. The workflow decides. */
export interface RequestCancel {
  readonly type: 'request-cancel';
  readonly commandId: string;
  readonly requestedBy: 'customer' | 'operator';
  /** In the words of whoever asks. */
  readonly reason?: string;
}

/** Somebody asks for other quantities of some lines, or for another address. The workflow decides. */
export interface RequestAmend {
  readonly type: 'request-amend';
  readonly commandId: string;
  readonly requestedBy: 'customer' | 'operator';
  readonly changes: Changes;
  /** The version of the order that whoever asks has seen. Absent: whatever there is. */
  readonly ifVersion?: number;
}

/** What an amendment changes; what is absent stays as it is. */
export interface Changes {
  readonly items?: readonly LineData[];
  readonly shippingAddress?: AddressData;
}

/** What became of a request, unless it is an amendment that was applied. */
export type RecordDecision =
  RecordDecisionOn<'cancel', 'accepted' | CancelRefusal> | RecordDecisionOn<'amend', EventData['AmendRefused']['code']>;

type CancelRefusal = EventData['CancelRefused']['code'];

interface RecordDecisionOn<Command extends string, Decision extends string> {
  readonly type: 'record-decision';
  readonly command: Command;
  readonly commandId: string;
  readonly requestedBy: string;
  readonly decision: Decision;
}

/** The order as the workflow is going to charge and to send it. */
export interface RecordAmendment {
  readonly type: 'record-amendment';
  readonly commandId: string;
  readonly requestedBy: string;
  /** Every line. */
  readonly items: readonly LineData[];
  readonly total: Money;
  readonly shippingAddress: AddressData;
}

export type RecordAttention =
  | { readonly type: 'raise-attention'; readonly step: string; readonly reason: string; readonly since: string }
  | { readonly type: 'clear-attention'; readonly step: string };

/** What is recorded of an order that exists. */
export type ProgressCommand =
  | RecordStep
  | BeginUndo
  | RecordEnding
  | RecordFact
  | RequestCancel
  | RequestAmend
  | RecordDecision
  | RecordAmendment
  | RecordAttention;
export type OrderCommand = PlaceOrder | ProgressCommand;
