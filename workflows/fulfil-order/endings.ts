import type { RejectionReason } from '#libs/contracts/events.js';
import type { Turn } from '../saga.js';
import type { UndoneEnding } from './contract.js';

/** Refusals that the customer is told as they are. All else is our own failure. */
const REASONS: readonly RejectionReason[] = ['OUT_OF_STOCK', 'PAYMENT_DECLINED', 'INSUFFICIENT_FUNDS', 'NOT_SERVED'];

/** How an order ends whose saga has turned back. */
export function endingOf(turn: Turn): UndoneEnding {
  if (turn.because === 'cancelled') return { status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' };
  return { status: 'REJECTED', reason: REASONS.find((reason) => reason === turn.code) ?? 'FULFILMENT_FAILED' };
}
