import type { ChargeRow, IntentRow, RefundRow } from '../schema.js';
import type { StripeErrorBody } from './reply.js';

/** The rows in the shapes of Stripe's API: the subset that the official SDK's callers here rely on. */
export function intentObject(intent: IntentRow, latestCharge?: object): object {
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: intent.amount,
    amount_received: intent.status === 'succeeded' ? intent.amount : 0,
    canceled_at: intent.canceled_at === null ? null : seconds(intent.canceled_at),
    cancellation_reason: intent.cancellation_reason,
    capture_method: 'automatic',
    confirmation_method: 'automatic',
    created: seconds(intent.created_at),
    currency: intent.currency,
    last_payment_error: intent.decline_code === null ? null : declineError(intent.decline_code, intent.latest_charge),
    latest_charge: latestCharge ?? intent.latest_charge,
    livemode: false,
    metadata: intent.metadata,
    payment_method: intent.payment_method,
    allowed_payment_method_types: ['card'],
    status: intent.status,
  };
}

export function chargeObject(charge: ChargeRow, metadata: object, refunds?: readonly RefundRow[]): object {
  const paid = charge.status === 'succeeded';
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: paid ? charge.amount : 0,
    amount_refunded: charge.amount_refunded,
    captured: paid,
    created: seconds(charge.created_at),
    currency: charge.currency,
    failure_code: paid ? null : 'card_declined',
    livemode: false,
    metadata,
    paid,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    refunded: paid && charge.amount_refunded === charge.amount,
    status: charge.status,
    ...(refunds && { refunds: listObject(refunds.map(refundObject), `/v1/charges/${charge.id}/refunds`) }),
  };
}

export function refundObject(refund: RefundRow): object {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    charge: refund.charge,
    created: seconds(refund.created_at),
    currency: refund.currency,
    metadata: refund.metadata,
    payment_intent: refund.payment_intent,
    reason: refund.reason,
    status: 'succeeded',
  };
}

export function listObject(data: readonly object[], url: string): object {
  return { object: 'list', data, has_more: false, url };
}

export function declineError(declineCode: string, charge: string | null): StripeErrorBody {
  const funds = declineCode === 'insufficient_funds';
  return {
    type: 'card_error',
    code: 'card_declined',
    decline_code: declineCode,
    message: funds ? 'Your card has insufficient funds.' : 'Your card was declined.',
    ...(charge !== null && { charge }),
  };
}

export function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1_000);
}
