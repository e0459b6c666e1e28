import { newId, type EventId } from '#libs/kernel/ids.js';
import { newEnvelope, type Envelope } from '#libs/messaging/envelope.js';
import { eur, pricedLine } from './sample-documents.js';

export const CUSTOMER = 'customer-1';
const ITEMS = [pricedLine('Enamel mug', 2, 1_240)];
export const TOTAL = eur(2_480);
export const AMENDED = eur(3_720);
export const ELSEWHERE = 'Hauptstraße 7';

export function placed(orderId: string, customerId = CUSTOMER): Envelope<'OrderPlaced'> {
  return newEnvelope({
    type: 'OrderPlaced',
    producer: 'orders',
    subject: orderId,
    sequence: 1,
    data: {
      orderId,
      customerId,
      items: ITEMS,
      total: TOTAL,
      paymentMethod: 'pm_ok',
      shippingMethod: 'standard',
      shippingAddress: {
        name: 'A. Lovelace',
        line1: 'Marktplatz 1',
        city: 'Leipzig',
        postalCode: '04109',
        country: 'DE',
      },
      placedAt: '2026-11-20T09:59:00.000Z',
      placedBy: { subject: customerId, kind: 'customer' },
    },
  });
}

type Amended = Envelope<'AmendApplied'>;

/** One mug more, or what a test says otherwise. */
export function amended(orderId: string, sequence = 3, changes: Partial<Amended['data']> = {}): Amended {
  const { customerId, shippingAddress } = placed(orderId).data;
  const items = [pricedLine('Enamel mug', 3, 1_240)];
  const data = {
    orderId,
    customerId,
    commandId: 'command-1',
    requestedBy: 'customer',
    items,
    total: AMENDED,
    shippingAddress,
    ...changes,
  };
  return newEnvelope({ type: 'AmendApplied', producer: 'orders', subject: orderId, sequence, data });
}

/** To another address, at the same price. */
export function redirected(orderId: string, sequence = 3): Amended {
  const { items, total, shippingAddress } = placed(orderId).data;
  return amended(orderId, sequence, { items, total, shippingAddress: { ...shippingAddress, line1: ELSEWHERE } });
}

/** `amendedIn`: the version of the last amendment, if there was one. */
export function confirmed(orderId: string, amendedIn?: number): Envelope<'OrderConfirmed'> {
  const { customerId, items, total } = placed(orderId).data;
  const data = { orderId, customerId, items, total, shipments: [], ...(amendedIn && { amendedIn }) };
  return newEnvelope({ type: 'OrderConfirmed', producer: 'orders', subject: orderId, sequence: 6, data });
}

export function cancelling(orderId: string, amendedIn?: number): Envelope<'OrderCancelling'> {
  const data = { orderId, reason: 'CANCELLED_BY_CUSTOMER', ...(amendedIn && { amendedIn }) } as const;
  return newEnvelope({ type: 'OrderCancelling', producer: 'orders', subject: orderId, sequence: 7, data });
}

export function rejecting(orderId: string): Envelope<'OrderRejecting'> {
  const data = { orderId, reason: 'NOT_SERVED' } as const;
  return newEnvelope({ type: 'OrderRejecting', producer: 'orders', subject: orderId, sequence: 7, data });
}

export function captured(orderId: string, sequence = 1, amount = TOTAL): Envelope<'PaymentCaptured'> {
  return newEnvelope({
    type: 'PaymentCaptured',
    producer: 'payments',
    subject: orderId,
    sequence,
    data: {
      orderId,
      amount,
      providerReference: `pi_${orderId}`,
      provider: 'stripe',
      capturedAt: '2026-11-20T10:00:00.000Z',
    },
  });
}

export function refunded(orderId: string, amount = TOTAL.amount, sequence = 2): Envelope<'RefundIssued'> {
  const data = { orderId, amount: eur(amount) };
  return newEnvelope({ type: 'RefundIssued', producer: 'payments', subject: orderId, sequence, data });
}

/** The same event, told anew under another id. */
export function retold<Told extends Envelope>(event: Told): Told {
  return { ...event, id: newId<EventId>() };
}
