import { newId } from '#libs/kernel/ids.js';
import type { IntentStatus, ProviderIntent } from '../provider/payment-provider.js';
import type { Charge, ChargeState } from '../schema.js';

/** A charge as it may be stored. */
export function given(state: ChargeState, change: Partial<Charge> = {}): Charge {
  return {
    order_id: newId(),
    state,
    customer_id: 'cus-ada',
    payment_method: 'pm_ok',
    amount: 4_200,
    currency: 'EUR',
    intent_id: 'pi_1',
    intent_attempt: 1,
    refund_attempt: 1,
    captured: 0,
    refunded: 0,
    reason: null,
    version: 0,
    created_at: new Date(0),
    updated_at: new Date(0),
    ...change,
  };
}

/** Its intent as the provider may tell it. */
export function seen(status: IntentStatus, change: Partial<ProviderIntent> = {}): ProviderIntent {
  return {
    id: 'pi_1',
    status,
    captured: status === 'succeeded' ? 4_200 : 0,
    refunded: 0,
    refundsPending: 0,
    ...change,
  };
}
