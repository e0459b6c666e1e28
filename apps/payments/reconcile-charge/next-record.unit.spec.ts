import { describe, expect, it } from '@jest/globals';
import type { IntentStatus, ProviderIntent } from '../provider/payment-provider.js';
import type { Charge, ChargeState } from '../schema.js';
import { nextRecord } from './next-record.js';

const charge = (state: ChargeState, captured = 0) =>
  ({ order_id: 'o', state, intent_id: 'pi_1', captured, refunded: 0 }) as Charge;
const intent = (status: IntentStatus, refunded = 0): ProviderIntent => ({
  id: 'pi_1',
  status,
  captured: status === 'succeeded' ? 100 : 0,
  refunded,
  refundsPending: 0,
});

describe('what is written down of an intent', () => {
  it.each<[string, Charge, ProviderIntent, string | undefined]>([
    ['a charge whose reply was lost', charge('STARTED'), intent('succeeded'), 'record-captured'],
    ['a decline whose reply was lost', charge('STARTED'), intent('declined'), 'record-declined'],
    ['an intent that was ended at the provider', charge('STARTED'), intent('cancelled'), 'record-declined'],
    ['a charge before its settle', charge('SETTLING'), intent('succeeded'), 'record-captured'],
    ['a refund', charge('SETTLING', 100), intent('succeeded', 100), 'record-refunded'],
    ['a cancel', charge('SETTLING'), intent('cancelled'), 'record-voided'],
    ['a charge that was not confirmed yet', charge('STARTED'), intent('confirmable'), undefined],
    ['a charge that is still decided about', charge('STARTED'), intent('processing'), undefined],
    ['what a settle has to cancel', charge('SETTLING'), intent('confirmable'), undefined],
    ['what a settle has to refund', charge('SETTLING', 100), intent('succeeded'), undefined],
    ['a settled charge', charge('REFUNDED', 100), intent('succeeded', 100), undefined],
    ['a voided charge', charge('VOIDED'), intent('succeeded'), undefined],
    ['a captured charge', charge('CAPTURED', 100), intent('succeeded', 100), undefined],
  ])('given %s', (_, row, seen, kind) => {
    expect(nextRecord(row, seen)?.kind).toBe(kind);
  });
});
