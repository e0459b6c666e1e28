import { unreachable } from '#libs/kernel/errors.js';
import type { Charge } from '../schema.js';
import type { ProviderIntent } from '../provider/payment-provider.js';

export type SettleStep =
  | { readonly kind: 'forbid' }
  | { readonly kind: 'answer'; readonly charge: Charge }
  | { readonly kind: 'look'; readonly intentId: string }
  | { readonly kind: 'cancel'; readonly intent: ProviderIntent }
  | { readonly kind: 'refund'; readonly charge: Charge; readonly intent: ProviderIntent; readonly amount: number }
  | { readonly kind: 'record-voided'; readonly charge: Charge }
  | { readonly kind: 'record-captured'; readonly charge: Charge; readonly captured: number }
  | { readonly kind: 'record-refunded'; readonly charge: Charge; readonly refunded: number }
  | { readonly kind: 'wait' };

/**
 * What a settle does next, by what is stored and by what the provider said of the intent in this call (undefined: nothing).
 * First of all it is committed that no charge begins any more; only then the provider is asked.
 */
export function nextSettleStep(charge: Charge | undefined, intent: ProviderIntent | undefined): SettleStep {
  if (charge === undefined) return { kind: 'forbid' };
  switch (charge.state) {
    case 'STARTED':
    case 'CAPTURED':
      return { kind: 'forbid' };
    // Declined: the provider refuses every later confirm of that intent.
    case 'DECLINED':
    case 'VOIDED':
    case 'REFUNDED':
      return { kind: 'answer', charge };
    case 'SETTLING':
      return nextStepOfSettling(charge, intent);
    default:
      return unreachable(charge.state);
  }
}

function nextStepOfSettling(charge: Charge, intent: ProviderIntent | undefined): SettleStep {
  if (charge.intent_id === null) return { kind: 'record-voided', charge };
  if (intent === undefined) return { kind: 'look', intentId: charge.intent_id };
  switch (intent.status) {
    case 'confirmable':
    case 'declined':
    case 'processing':
      return { kind: 'cancel', intent };
    case 'cancelled':
      return { kind: 'record-voided', charge };
    case 'succeeded':
      return nextStepOfCaptured(charge, intent);
    default:
      return unreachable(intent.status);
  }
}

function nextStepOfCaptured(charge: Charge, intent: ProviderIntent): SettleStep {
  const { captured, refunded, refundsPending } = intent;
  if (charge.captured === 0) return { kind: 'record-captured', charge, captured };
  if (refunded >= captured) return { kind: 'record-refunded', charge, refunded };
  const left = captured - refunded - refundsPending;
  return left > 0 ? { kind: 'refund', charge, intent, amount: left } : { kind: 'wait' };
}
