import { unreachable } from '#libs/kernel/errors.js';
import type { Charge, EventOutcome } from '../schema.js';
import type { PaymentReport, Said } from './parse-payment-event.js';

/** What an event means for its charge; `look`: the charge is under way, and only the provider knows how it stands now. */
export type Reading = 'look' | Extract<EventOutcome, 'stale' | 'contradicting'>;

/**
 * Compares an event with the charge that it is about. Events come late, twice and in any order: none of them moves a
 * charge by itself, and a charge that has ended stays as it is.
 */
export function readReport(charge: Charge, { intentId, said }: PaymentReport): Reading {
  // An intent that was made for this order, and was left before anybody confirmed it.
  if (charge.intent_id !== intentId) return unless(MONEY_MOVED, said);
  switch (charge.state) {
    case 'STARTED':
    case 'SETTLING':
      return 'look';
    case 'CAPTURED':
      return unless(['refunded'], said);
    case 'DECLINED':
    case 'VOIDED':
      return unless(MONEY_MOVED, said);
    case 'REFUNDED':
      return unless(['refund-failed'], said);
    default:
      return unreachable(charge.state);
  }
}

const MONEY_MOVED: readonly Said[] = ['charged', 'refunded', 'refund-failed'];

function unless(impossible: readonly Said[], said: Said): Reading {
  return impossible.includes(said) ? 'contradicting' : 'stale';
}
