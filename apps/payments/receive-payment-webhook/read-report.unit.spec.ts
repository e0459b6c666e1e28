import { describe, expect, it } from '@jest/globals';
import type { Charge, ChargeState } from '../schema.js';
import type { Said } from './parse-payment-event.js';
import { readReport, type Reading } from './read-report.js';

const charge = (state: ChargeState) => ({ order_id: 'o', state, intent_id: 'pi_1' }) as Charge;
const report = (said: Said, intentId = 'pi_1') => ({ intentId, orderId: null, said });

describe('what an event of the provider means for its charge', () => {
  it.each<[ChargeState, Record<Said, Reading>]>([
    ['STARTED', { charged: 'look', 'not-charged': 'look', refunded: 'look', 'refund-failed': 'look' }],
    ['SETTLING', { charged: 'look', 'not-charged': 'look', refunded: 'look', 'refund-failed': 'look' }],
    ['CAPTURED', { charged: 'stale', 'not-charged': 'stale', refunded: 'contradicting', 'refund-failed': 'stale' }],
    [
      'DECLINED',
      {
        charged: 'contradicting',
        'not-charged': 'stale',
        refunded: 'contradicting',
        'refund-failed': 'contradicting',
      },
    ],
    [
      'VOIDED',
      {
        charged: 'contradicting',
        'not-charged': 'stale',
        refunded: 'contradicting',
        'refund-failed': 'contradicting',
      },
    ],
    ['REFUNDED', { charged: 'stale', 'not-charged': 'stale', refunded: 'stale', 'refund-failed': 'contradicting' }],
  ])('given a charge that is %s', (state, readings) => {
    for (const said of Object.keys(readings) as Said[]) {
      expect([said, readReport(charge(state), report(said))]).toEqual([said, readings[said]]);
    }
  });

  it.each<[Said, Reading]>([
    ['not-charged', 'stale'],
    ['charged', 'contradicting'],
  ])('given another intent of the same order that says %s, then it is %s', (said, reading) => {
    expect(readReport(charge('STARTED'), report(said, 'pi_2'))).toBe(reading);
  });
});
