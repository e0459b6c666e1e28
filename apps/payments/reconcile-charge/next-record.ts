import { nextStepOfStarted, type ChargeStep } from '../charge-order/next-charge-step.js';
import type { ProviderIntent } from '../provider/payment-provider.js';
import type { Charge } from '../schema.js';
import { nextSettleStep, type SettleStep } from '../settle-charge/next-settle-step.js';

/** What a charge or a settle would write down next; nothing that asks the provider to do anything. */
export type RecordStep = Extract<ChargeStep | SettleStep, { readonly kind: `record-${string}` }>;

/** @returns undefined when the charge says all that the intent does, or when it is for a charge or a settle to go on. */
export function nextRecord(charge: Charge, intent: ProviderIntent): RecordStep | undefined {
  const step = nextStep(charge, intent);
  return step && isRecord(step) ? step : undefined;
}

function nextStep(charge: Charge, intent: ProviderIntent): ChargeStep | SettleStep | undefined {
  if (charge.state === 'STARTED') return nextStepOfStarted(charge, intent);
  return charge.state === 'SETTLING' ? nextSettleStep(charge, intent) : undefined;
}

function isRecord(step: ChargeStep | SettleStep): step is RecordStep {
  return step.kind.startsWith('record-');
}
