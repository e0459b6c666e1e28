import type { Order } from '#libs/contracts/http/orders.js';
import { unreachable } from '#libs/kernel/errors.js';
import type { Placed, Refused } from './place-samples.js';
import type { Expectation, Sample } from './samples.js';

export interface Verdict {
  readonly sample: Sample;
  readonly good: boolean;
  readonly expected: string;
  readonly actual: string;
  readonly order?: Order;
}

/** A confirmed order may have gone further by the time it is looked at. */
const CONFIRMED_OR_LATER = new Set(['CONFIRMED', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED']);

/** Whether a sample ended as it should: its status, its reason, and its money. */
export function judge(outcome: Placed | Refused, last: Order | undefined): Verdict {
  const { sample } = outcome;
  const expected = inWords(sample.expected);
  if ('code' in outcome) {
    const good = sample.expected.kind === 'refused' && sample.expected.code === outcome.code;
    return { sample, good, expected, actual: `refused ${outcome.code}` };
  }
  const order = last ?? outcome.order;
  return {
    sample,
    good: fits(sample.expected, order),
    expected,
    actual: [order.status, order.reason].filter(Boolean).join(' '),
    order,
  };
}

function fits(expected: Expectation, { status, reason, payment, total }: Order): boolean {
  switch (expected.kind) {
    case 'confirmed':
      return CONFIRMED_OR_LATER.has(status) && payment.captured === total.amount && payment.refunded === 0;
    case 'rejected':
      return (
        status === 'REJECTED' &&
        reason === expected.reason &&
        payment.captured === payment.refunded &&
        payment.refunded > 0 === expected.refunded
      );
    case 'refused':
      return false;
    default:
      return unreachable(expected);
  }
}

function inWords(expected: Expectation): string {
  switch (expected.kind) {
    case 'confirmed':
      return 'CONFIRMED';
    case 'rejected':
      return `REJECTED ${expected.reason}`;
    case 'refused':
      return `refused ${expected.code}`;
    default:
      return unreachable(expected);
  }
}
