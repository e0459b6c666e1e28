import type Stripe from 'stripe';
import type { IntentStatus, ProviderIntent } from './payment-provider.js';
import { declineReason } from './stripe-errors.js';

/** Stripe's intent in the port's words. Its refunds are known only where `latest_charge.refunds` was expanded. */
export function intentOf(intent: Stripe.PaymentIntent): ProviderIntent {
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const refundsPending = pendingOf(charge?.refunds?.data ?? []);
  const status = statusOf(intent.status);
  return {
    id: intent.id,
    status,
    captured: intent.amount_received,
    refunded: (charge?.amount_refunded ?? 0) - refundsPending,
    refundsPending,
    ...(status === 'declined' && { declineReason: declineReason(intent.last_payment_error?.decline_code) }),
  };
}

function statusOf(status: Stripe.PaymentIntent.Status): IntentStatus {
  switch (status) {
    case 'requires_confirmation':
      return 'confirmable';
    // Made with a payment method, an intent lacks one only after that was declined.
    case 'requires_payment_method':
      return 'declined';
    case 'succeeded':
      return 'succeeded';
    case 'canceled':
      return 'cancelled';
    // Also what Stripe may add later: not known to be charged, and not known not to be.
    default:
      return 'processing';
  }
}

/** Stripe counts a refund as refunded as soon as it was accepted. */
function pendingOf(refunds: readonly Stripe.Refund[]): number {
  const pending = refunds.filter(({ status }) => status === 'pending' || status === 'requires_action');
  return pending.reduce((sum, { amount }) => sum + amount, 0);
}
