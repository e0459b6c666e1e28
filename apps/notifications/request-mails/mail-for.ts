import type { MailData } from '#libs/contracts/events.js';
import { unreachable } from '#libs/kernel/errors.js';
import type { Envelope } from '#libs/messaging/envelope.js';

/** Events that a customer gets a mail about. */
export type MailedEvent =
  Envelope<'OrderConfirmed'> | Envelope<'OrderRejected'> | Envelope<'OrderCancelled'> | Envelope<'OrderShipped'>;

/** What to tell the customer about an event. */
export function mailFor(event: MailedEvent): MailData {
  switch (event.type) {
    case 'OrderConfirmed': {
      const { orderId, customerId, items, total, shipments } = event.data;
      return {
        mail: 'order-confirmed',
        orderId,
        customerId,
        items,
        total,
        tracking: shipments.map(({ tracking }) => tracking),
      };
    }
    case 'OrderRejected':
      return { mail: 'order-rejected', ...event.data };
    case 'OrderCancelled':
      return { mail: 'order-cancelled', ...event.data };
    case 'OrderShipped': {
      const { orderId, customerId } = event.data;
      return { mail: 'order-shipped', orderId, customerId };
    }
    default:
      return unreachable(event);
  }
}

const ABOUT_PAYMENT: ReadonlySet<string> = new Set(['PAYMENT_DECLINED', 'INSUFFICIENT_FUNDS']);

/** 0 to 9, higher first: trouble with a payment before other bad news, bad news before good, and what can wait last. */
export function priorityOf(data: MailData): number {
  switch (data.mail) {
    case 'order-confirmed':
      return 5;
    case 'order-shipped':
      return 3;
    case 'order-rejected':
    case 'order-cancelled':
      return ABOUT_PAYMENT.has(data.reason) ? 9 : 7;
    default:
      return unreachable(data);
  }
}
