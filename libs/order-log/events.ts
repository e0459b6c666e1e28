import type { EventData } from '#libs/contracts/events.js';

export const ORDER_EVENT_TYPES = [
  'OrderPlaced',
  'OrderProgressed',
  'OrderConfirmed',
  'OrderRejecting',
  'OrderRejected',
  'OrderCancelling',
  'OrderCancelled',
  'OrderShipped',
  'OrderDelivered',
  'CancelRequested',
  'CancelAccepted',
  'CancelRefused',
  'AmendRequested',
  'AmendApplied',
  'AmendRefused',
  'AttentionRaised',
  'AttentionCleared',
] as const;

export type OrderEventType = (typeof ORDER_EVENT_TYPES)[number];

/** What an order's log holds: the same data that travels on `waybill.events`. Narrow it by `type`. */
export type OrderEvent = { readonly [Type in OrderEventType]: EventOf<Type> }[OrderEventType];

export interface EventOf<Type extends OrderEventType> {
  readonly type: Type;
  readonly data: EventData[Type];
}
