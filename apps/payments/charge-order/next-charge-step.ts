import { unreachable } from '#libs/kernel/errors.js';
import type { Charge } from '../schema.js';
import type { ChargeOrderRequest } from '../charges.js';
import type { DeclineReason, ProviderIntent } from '../provider/payment-provider.js';

export type ChargeStep =
  | { readonly kind: 'answer'; readonly charge: Charge }
  | { readonly kind: 'refuse'; readonly code: DeclineReason | 'SETTLED' | 'IDEMPOTENCY_KEY_REUSED' }
  | { readonly kind: 'create-intent'; readonly attempt: number }
  | { readonly kind: 'look'; readonly intentId: string }
  | { readonly kind: 'confirm'; readonly charge: Charge; readonly intentId: string }
  | { readonly kind: 'record-captured'; readonly charge: Charge; readonly captured: number }
  | { readonly kind: 'record-declined'; readonly charge: Charge; readonly reason: DeclineReason }
  | { readonly kind: 'wait' };

/**
 * What a charge does next, by what is stored and by what the provider said of the intent in this call (undefined: nothing).
 * Only a stored intent of a STARTED charge is ever confirmed, and one whose outcome is uncertain is looked at first.
 */
export function nextChargeStep(
  request: ChargeOrderRequest,
  charge: Charge | undefined,
  intent: ProviderIntent | undefined,
): ChargeStep {
  if (charge === undefined) return { kind: 'create-intent', attempt: 1 };
  const reused: ChargeStep | undefined = isSameCharge(request, charge)
    ? undefined
    : { kind: 'refuse', code: 'IDEMPOTENCY_KEY_REUSED' };
  switch (charge.state) {
    case 'STARTED':
      return reused ?? nextStepOfStarted(charge, intent);
    case 'CAPTURED':
      return reused ?? { kind: 'answer', charge };
    case 'DECLINED':
      return reused ?? { kind: 'refuse', code: charge.reason ?? 'PAYMENT_DECLINED' };
    case 'SETTLING':
    case 'VOIDED':
    case 'REFUNDED':
      return { kind: 'refuse', code: 'SETTLED' };
    default:
      return unreachable(charge.state);
  }
}

/** What is left to do for a STARTED charge. */
export function nextStepOfStarted(charge: Charge, intent: ProviderIntent | undefined): ChargeStep {
  if (charge.intent_id === null) return { kind: 'create-intent', attempt: charge.intent_attempt };
  if (intent === undefined || intent.id !== charge.intent_id) return { kind: 'look', intentId: charge.intent_id };
  switch (intent.status) {
    case 'confirmable':
      return { kind: 'confirm', charge, intentId: intent.id };
    case 'succeeded':
      return { kind: 'record-captured', charge, captured: intent.captured };
    case 'declined':
      return { kind: 'record-declined', charge, reason: intent.declineReason ?? 'PAYMENT_DECLINED' };
    // Not by a settle, for the charge is still STARTED: somebody ended it at the provider.
    case 'cancelled':
      return { kind: 'record-declined', charge, reason: 'PAYMENT_DECLINED' };
    case 'processing':
      return { kind: 'wait' };
    default:
      return unreachable(intent.status);
  }
}

function isSameCharge({ amount, paymentMethod }: ChargeOrderRequest, charge: Charge): boolean {
  return (
    charge.amount === amount.amount && charge.currency === amount.currency && charge.payment_method === paymentMethod
  );
}
