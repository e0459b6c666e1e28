import { describe, expect, it } from '@jest/globals';
import { nextSettleStep } from './next-settle-step.js';
import type { IntentStatus, ProviderIntent } from '../provider/payment-provider.js';
import type { ChargeState } from '../schema.js';
import { given, seen } from '../testing/sample-charges.js';

describe('what a settle does next', () => {
  it('first forbids every later charge', () => {
    expect(nextSettleStep(undefined, undefined)).toEqual({ kind: 'forbid' });
    expect(nextSettleStep(given('STARTED'), seen('confirmable'))).toEqual({ kind: 'forbid' });
    expect(nextSettleStep(given('CAPTURED', { captured: 4_200 }), seen('succeeded'))).toEqual({ kind: 'forbid' });
  });

  it.each<ChargeState>(['DECLINED', 'VOIDED', 'REFUNDED'])('has nothing left to do: %s', (state) => {
    expect(nextSettleStep(given(state), undefined)).toMatchObject({ kind: 'answer' });
  });

  it('looks at what became of the intent', () => {
    expect(nextSettleStep(given('SETTLING'), undefined)).toEqual({ kind: 'look', intentId: 'pi_1' });
  });

  it.each<IntentStatus>(['confirmable', 'declined', 'processing'])('cancels an intent that is %s', (status) => {
    expect(nextSettleStep(given('SETTLING'), seen(status))).toMatchObject({ kind: 'cancel' });
  });

  it('is done when the intent is cancelled', () => {
    expect(nextSettleStep(given('SETTLING'), seen('cancelled'))).toMatchObject({ kind: 'record-voided' });
  });

  it('records a capture that nobody recorded before it refunds it', () => {
    expect(nextSettleStep(given('SETTLING'), seen('succeeded'))).toMatchObject({
      kind: 'record-captured',
      captured: 4_200,
    });
  });

  it.each<[Partial<ProviderIntent>, object]>([
    [{}, { kind: 'refund', amount: 4_200 }],
    [{ refunded: 1_200 }, { kind: 'refund', amount: 3_000 }],
    [{ refundsPending: 1_200 }, { kind: 'refund', amount: 3_000 }],
    [{ refundsPending: 4_200 }, { kind: 'wait' }],
    [{ refunded: 1_200, refundsPending: 3_000 }, { kind: 'wait' }],
    [{ refunded: 4_200 }, { kind: 'record-refunded', refunded: 4_200 }],
  ])('refunds what is left, and nothing twice: %j', (change, step) => {
    expect(nextSettleStep(given('SETTLING', { captured: 4_200 }), seen('succeeded', change))).toMatchObject(step);
  });
});
