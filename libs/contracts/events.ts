import type { Money } from './money.js';
import type { StepDirection, StepName, StepOutcome } from './steps.js';

export interface AddressData {
  readonly name: string;
  readonly line1: string;
  readonly city: string;
  readonly postalCode: string;
  readonly country: string;
}

export interface LineData {
  readonly sku: string;
  readonly quantity: number;
}

export interface PricedLineData extends LineData {
  readonly name: string;
  readonly unitPrice: Money;
  readonly lineTotal: Money;
}

export interface StockLineData extends LineData {
  readonly warehouse: string;
}

export interface ShipmentData {
  readonly id: string;
  readonly tracking: string;
  readonly items: readonly LineData[];
  /** ISO 8601. */
  readonly deliverBy: string;
}

interface ShipmentFact {
  readonly orderId: string;
  readonly shipmentId: string;
  readonly tracking: string;
  readonly at: string;
}

export type RejectionReason =
  | 'OUT_OF_STOCK'
  | 'PAYMENT_DECLINED'
  | 'INSUFFICIENT_FUNDS'
  | 'NOT_SERVED'
  | 'REVIEW_DENIED'
  /** A step failed for technical reasons on every attempt. */
  | 'FULFILMENT_FAILED';

export type EndingReason = RejectionReason | 'CANCELLED_BY_CUSTOMER';

/** What had been ordered, for those who tell the customer about its end. */
interface OrderedLines {
  readonly items?: readonly PricedLineData[];
  readonly total?: Money;
}

/** A mail to be sent, with all it says but the customer's name and address: those are asked for when it is sent. */
export type MailData = { readonly orderId: string; readonly customerId: string } & (
  | {
      readonly mail: 'order-confirmed';
      readonly items: readonly PricedLineData[];
      readonly total: Money;
      /** The carrier's numbers, one per parcel. */
      readonly tracking: readonly string[];
    }
  | ({ readonly mail: 'order-rejected' | 'order-cancelled'; readonly reason: EndingReason } & OrderedLines)
);

/** What each event carries. One producer per type: see EVENT_PRODUCERS. Times are ISO 8601. */
export interface EventData {
  OrderPlaced: {
    readonly orderId: string;
    readonly customerId: string;
    readonly items: readonly PricedLineData[];
    readonly total: Money;
    readonly paymentMethod: string;
    readonly shippingAddress: AddressData;
    readonly shippingMethod: string;
    readonly placedAt: string;
  };
  OrderProgressed: {
    readonly orderId: string;
    readonly step: StepName;
    readonly direction: StepDirection;
    readonly attempt: number;
    readonly outcome: StepOutcome;
    readonly startedAt: string | null;
    readonly endedAt: string | null;
    readonly detail: string;
    /** process-payment, ok: what was captured (do) or refunded (undo). */
    readonly amount?: Money;
    /** schedule-shipping, do, ok. */
    readonly shipment?: ShipmentData;
  };
  OrderConfirmed: {
    readonly orderId: string;
    readonly customerId: string;
    readonly items: readonly PricedLineData[];
    readonly total: Money;
    readonly shipments: readonly ShipmentData[];
  };
  OrderRejecting: { readonly orderId: string; readonly reason: RejectionReason };
  OrderRejected: {
    readonly orderId: string;
    readonly customerId: string;
    readonly reason: RejectionReason;
  } & OrderedLines;
  OrderCancelling: { readonly orderId: string; readonly reason: EndingReason };
  OrderCancelled: {
    readonly orderId: string;
    readonly customerId: string;
    readonly reason: EndingReason;
  } & OrderedLines;
  OrderShipped: {
    readonly orderId: string;
    readonly customerId: string;
    readonly factId: string;
    readonly shipmentId: string;
    readonly at: string;
  };
  OrderDelivered: {
    readonly orderId: string;
    readonly customerId: string;
    readonly factId: string;
    readonly shipmentId: string;
    readonly at: string;
  };
  CancelAccepted: { readonly orderId: string; readonly commandId: string; readonly requestedBy: string };
  CancelRefused: {
    readonly orderId: string;
    readonly commandId: string;
    readonly requestedBy: string;
    readonly code: 'TOO_LATE' | 'ALREADY_FINAL';
  };
  AttentionRaised: { readonly orderId: string; readonly step: string; readonly reason: string; readonly since: string };
  AttentionCleared: { readonly orderId: string; readonly step: string };
  StockReserved: { readonly orderId: string; readonly lines: readonly StockLineData[] };
  StockReleased: { readonly orderId: string; readonly lines: readonly StockLineData[] };
  StockShipped: { readonly orderId: string; readonly lines: readonly StockLineData[] };
  StockLevelChanged: { readonly sku: string; readonly warehouse: string; readonly available: number };
  PaymentCaptured: { readonly orderId: string; readonly amount: Money; readonly providerReference: string };
  PaymentDeclined: { readonly orderId: string; readonly reason: 'PAYMENT_DECLINED' | 'INSUFFICIENT_FUNDS' };
  RefundIssued: { readonly orderId: string; readonly amount: Money };
  ShipmentScheduled: ShipmentFact;
  ShipmentCancelled: ShipmentFact;
  ShipmentDispatched: ShipmentFact;
  ShipmentDelivered: ShipmentFact;
  ShipmentLost: ShipmentFact;
  ProductPriceChanged: { readonly sku: string; readonly price: Money };
  /** Subject: the mail's id. */
  MailRequested: MailData;
}

export type EventType = keyof EventData;

/** One producer per type. */
export const EVENT_PRODUCERS = {
  OrderPlaced: 'orders',
  OrderProgressed: 'orders',
  OrderConfirmed: 'orders',
  OrderRejecting: 'orders',
  OrderRejected: 'orders',
  OrderCancelling: 'orders',
  OrderCancelled: 'orders',
  OrderShipped: 'orders',
  OrderDelivered: 'orders',
  CancelAccepted: 'orders',
  CancelRefused: 'orders',
  AttentionRaised: 'orders',
  AttentionCleared: 'orders',
  StockReserved: 'inventory',
  StockReleased: 'inventory',
  StockShipped: 'inventory',
  StockLevelChanged: 'inventory',
  PaymentCaptured: 'payments',
  PaymentDeclined: 'payments',
  RefundIssued: 'payments',
  ShipmentScheduled: 'shipping',
  ShipmentCancelled: 'shipping',
  ShipmentDispatched: 'shipping',
  ShipmentDelivered: 'shipping',
  ShipmentLost: 'shipping',
  ProductPriceChanged: 'catalog',
  MailRequested: 'notifications',
} as const satisfies Record<EventType, string>;

export type Producer = (typeof EVENT_PRODUCERS)[EventType];
