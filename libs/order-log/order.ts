import type { EndingReason, EventData, LineData } from '#libs/contracts/events.js';
import type { OrderStatus as WireStatus } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { PaymentStatus as WirePaymentStatus } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { ShipmentStatus as WireShipmentStatus } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { STEPS, type StepDirection, type StepName } from '#libs/contracts/steps.js';

type NameOf<WireEnum extends string, Prefix extends string> = WireEnum extends `${Prefix}_${infer Name}`
  ? Exclude<Name, 'UNSPECIFIED'>
  : never;
export type OrderStatus = NameOf<WireStatus, 'ORDER_STATUS'>;
export type PaymentStatus = NameOf<WirePaymentStatus, 'PAYMENT_STATUS'>;
export type ShipmentStatus = NameOf<WireShipmentStatus, 'SHIPMENT_STATUS'>;

/** What was ordered: as it was placed, and as it was amended since. */
export type Placed = EventData['OrderPlaced'];

export interface Payment {
  readonly status: PaymentStatus;
  readonly captured: number;
  readonly refunded: number;
}

export interface Shipment {
  readonly id: string;
  readonly tracking: string;
  readonly items: readonly LineData[];
  readonly deliverBy: string;
  readonly status: ShipmentStatus;
}

export interface Attention {
  readonly step: string;
  readonly reason: string;
  readonly since: string;
}

/** How far one direction of a step has come. Every attempt from 1 to `attempts` is in the log. */
export interface StepProgress {
  readonly attempts: number;
  readonly done: boolean;
}

/** How far an order has come. */
export interface Progress {
  readonly status: OrderStatus;
  readonly reason: EndingReason | null;
  readonly confirmed: boolean;
  readonly payment: Payment;
  readonly shipments: readonly Shipment[];
  readonly steps: Readonly<Partial<Record<`${StepName}/${StepDirection}`, StepProgress>>>;
  /** What needs a person, oldest first. */
  readonly attention: readonly Attention[];
  /** Per step, since when the last attention that was cleared had stood: a late repeat of it raises nothing. */
  readonly cleared: Readonly<Record<string, string>>;
  /** Of the commands that were asked for through the API. Absent until there is one. */
  readonly requestedIds?: readonly string[];
  /** Of the commands that are decided. */
  readonly commandIds: readonly string[];
  /** The amendment that was applied last, and the version it led to. Absent until there is one. */
  readonly amended?: { readonly commandId: string; readonly version: number };
}

export interface NotPlaced {
  readonly kind: 'not-placed';
  readonly version: 0;
}

export interface Order {
  readonly kind: 'placed';
  /** The number of events in the log. */
  readonly version: number;
  readonly placed: Placed;
  readonly progress: Progress;
}

export type OrderState = NotPlaced | Order;

export const NOT_PLACED: NotPlaced = { kind: 'not-placed', version: 0 };

type Phase = 'forward' | 'undoing' | 'undone' | 'fulfilled';

const PHASES: Readonly<Record<OrderStatus, Phase>> = {
  PENDING: 'forward',
  RESERVED: 'forward',
  PAID: 'forward',
  CONFIRMED: 'forward',
  PARTIALLY_SHIPPED: 'forward',
  SHIPPED: 'forward',
  DELIVERED: 'fulfilled',
  REJECTING: 'undoing',
  REJECTED: 'undone',
  CANCELLING: 'undoing',
  CANCELLED: 'undone',
  RETURNED: 'fulfilled',
  REFUNDED: 'fulfilled',
};

export function phaseOf(status: OrderStatus): Phase {
  return PHASES[status];
}

/** True for a status that no record leaves. */
export function isFinal(status: OrderStatus): boolean {
  return ['undone', 'fulfilled'].includes(phaseOf(status));
}

export function stepProgress({ steps }: Progress, step: StepName, direction: StepDirection): StepProgress {
  return steps[`${step}/${direction}`] ?? { attempts: 0, done: false };
}

export function isDone(progress: Progress, step: StepName): boolean {
  return stepProgress(progress, step, 'do').done;
}

export function isUndone(progress: Progress, step: StepName): boolean {
  return stepProgress(progress, step, 'undo').done;
}

/** The steps that were done and not undone, in the saga's order. */
export function stepsToUndo(progress: Progress): readonly StepName[] {
  return STEPS.filter((step) => isDone(progress, step) && !isUndone(progress, step));
}

/** What the events say after which nothing is amended. */
export function settledContent({ amended }: Progress): { readonly amendedIn?: number } {
  return amended ? { amendedIn: amended.version } : {};
}

/**
 * True while the system works on the order: placed, and neither confirmed nor undone.
 * One that waits for a person is not counted, so that broken refunds never make us refuse new orders.
 */
export function isOpen({ status, attention }: Progress): boolean {
  return ['PENDING', 'RESERVED', 'PAID', 'REJECTING', 'CANCELLING'].includes(status) && attention.length === 0;
}

/** A shipment only moves on: a dispatch that is reported after the delivery, or a second time, moves nothing. */
export function canMove({ status }: Shipment, to: 'DISPATCHED' | 'DELIVERED'): boolean {
  return status === 'SCHEDULED' || (status === 'DISPATCHED' && to === 'DELIVERED');
}
