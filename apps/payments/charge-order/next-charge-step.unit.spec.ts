import { describe, expect, it } from '@jest/globals';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import type { ChargeOrderRequest } from '../charges.js';
import { nextChargeStep } from './next-charge-step.js';
import type { IntentStatus, ProviderIntent } from '../provider/payment-provider.js';
import type { ChargeState } from '../schema.js';
import { given, seen } from '../testing/sample-charges.js';

const request: ChargeOrderRequest = {
  orderId: newId<OrderId>(),
  customerId: 'cus-ada',
  amount: { amount: 4_200, currency: 'EUR' },
  paymentMethod: 'pm_ok',
};

describe('what a charge does next', () => {
  it('makes an intent when nothing is stored', () => {
    expect(nextChargeStep(request, undefined, undefined)).toEqual({ kind: 'create-intent', attempt: 1 });
  });

  it('makes an intent under the next key when the provider has failed under the last', () => {
    const charge = given('STARTED', { intent_id: null, intent_attempt: 3 });
    expect(nextChargeStep(request, charge, undefined)).toEqual({ kind: 'create-intent', attempt: 3 });
  });

  it('looks before it confirms an intent of an earlier call', () => {
    expect(nextChargeStep(request, given('STARTED'), undefined)).toEqual({ kind: 'look', intentId: 'pi_1' });
  });

  it('never confirms another intent than the stored one', () => {
    expect(nextChargeStep(request, given('STARTED'), seen('confirmable', { id: 'pi_2' }))).toEqual({
      kind: 'look',
      intentId: 'pi_1',
    });
  });

  it.each<[IntentStatus, Partial<ProviderIntent>, object]>([
    ['confirmable', {}, { kind: 'confirm', intentId: 'pi_1' }],
    ['succeeded', {}, { kind: 'record-captured', captured: 4_200 }],
    ['declined', { declineReason: 'INSUFFICIENT_FUNDS' }, { kind: 'record-declined', reason: 'INSUFFICIENT_FUNDS' }],
    ['declined', {}, { kind: 'record-declined', reason: 'PAYMENT_DECLINED' }],
    ['cancelled', {}, { kind: 'record-declined', reason: 'PAYMENT_DECLINED' }],
    ['processing', {}, { kind: 'wait' }],
  ])('started, and the intent is %s %j', (status, change, step) => {
    expect(nextChargeStep(request, given('STARTED'), seen(status, change))).toMatchObject(step);
  });

  it('repeats the end it has stored, whatever the provider says', () => {
    const captured = given('CAPTURED', { captured: 4_200 });
    expect(nextChargeStep(request, captured, seen('confirmable'))).toEqual({ kind: 'answer', charge: captured });
    const declined = given('DECLINED', { reason: 'INSUFFICIENT_FUNDS' });
    expect(nextChargeStep(request, declined, seen('confirmable'))).toEqual({
      kind: 'refuse',
      code: 'INSUFFICIENT_FUNDS',
    });
  });

  it.each<ChargeState>(['SETTLING', 'VOIDED', 'REFUNDED'])('refuses after a settle: %s', (state) => {
    expect(nextChargeStep(request, given(state), seen('confirmable'))).toEqual({ kind: 'refuse', code: 'SETTLED' });
  });

  it.each<ChargeState>(['STARTED', 'CAPTURED', 'DECLINED'])(
    'refuses another amount or method under the same order: %s',
    (state) => {
      const charge = given(state, { captured: 4_200, reason: 'PAYMENT_DECLINED' });
      const dearer = { ...request, amount: { amount: 4_201, currency: 'EUR' } };
      const otherwise = { ...request, paymentMethod: 'pm_flaky' };
      expect(nextChargeStep(dearer, charge, undefined)).toEqual({ kind: 'refuse', code: 'IDEMPOTENCY_KEY_REUSED' });
      expect(nextChargeStep(otherwise, charge, undefined)).toEqual({ kind: 'refuse', code: 'IDEMPOTENCY_KEY_REUSED' });
    },
  );
});
