import type { EndingReason, EventData, RejectionReason, ShipmentData } from '#libs/contracts/events.js';
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

/** What became of a request to cancel. */
export interface RecordDecision {
  readonly type: 'record-decision';
  readonly commandId: string;
  readonly requestedBy: string;
  readonly decision: 'accepted' | 'TOO_LATE' | 'ALREADY_FINAL';
}

export type RecordAttention =
  | { readonly type: 'raise-attention'; readonly step: string; readonly reason: string; readonly since: string }
  | { readonly type: 'clear-attention'; readonly step: string };

/** What is recorded of an order that exists. */
export type ProgressCommand =
  RecordStep | BeginUndo | RecordEnding | RecordFact | RequestCancel | RecordDecision | RecordAttention;
export type OrderCommand = PlaceOrder | ProgressCommand;
