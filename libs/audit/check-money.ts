import {
  isMoving,
  violations,
  type Finding,
  type LedgerFact,
  type OrderFact,
  type OrderFacts,
  type Question,
  type Violation,
} from './facts.js';
import { settlementOf } from './settled.js';

const NOTHING: LedgerFact = { charges: 0, captured: 0, refunded: 0, currencies: [] };

/** M: at most one charge per order; what is kept is what is due; the provider's ledger, payments and the order agree. */
export function checkMoney(facts: OrderFacts, question: Question): Violation[] {
  const { id, order, ledger = NOTHING } = facts;
  const always = [ledger.charges > 1 && `was charged ${ledger.charges} times at the provider`, ownerless(facts)];
  const settled = order && !isMoving(order, question);
  return violations('M', id, ...always, ...(settled ? [due(order, ledger), agreement(facts), shown(order)] : []));
}

function ownerless({ order, ledger, charge }: OrderFacts): Finding {
  if (order) return undefined;
  if (ledger)
    return `was charged ${ledger.captured} at the provider, and there is no such order: the money is nobody's`;
  const { captured = 0 } = charge ?? {};
  return captured > 0 && `was charged ${captured}, says payments, and there is no such order: the money is nobody's`;
}

function owedOf({ status, total }: OrderFact): number | undefined {
  const settlement = settlementOf(status);
  return settlement === 'moving' ? undefined : settlement === 'kept' ? total : 0;
}

function due(order: OrderFact, { captured, refunded, currencies }: LedgerFact): Finding {
  const owed = owedOf(order);
  if (owed === undefined) return undefined;
  const kept = captured - refunded;
  if (kept !== owed)
    return `is ${order.status}: ${owed} is due, the provider's ledger keeps ${kept} (charged ${captured}, refunded ${refunded})`;
  const foreign = currencies.filter((currency) => currency !== order.currency);
  return (
    foreign.length > 0 && `is in ${order.currency} and was charged in ${foreign.join(', ')}: it paid something else`
  );
}

function agreement({ ledger: theirs = NOTHING, charge }: OrderFacts): Finding {
  const ours = charge ?? NOTHING;
  if (theirs.captured === ours.captured && theirs.refunded === ours.refunded) return undefined;
  return `payments says captured ${ours.captured}, refunded ${ours.refunded}; the provider says ${theirs.captured} and ${theirs.refunded}: one of them is wrong`;
}

function shown(order: OrderFact): Finding {
  const owed = owedOf(order);
  return (
    owed !== undefined &&
    order.paid !== owed &&
    `is ${order.status} and shows ${order.paid} as paid, where ${owed} is due: its customer reads something wrong`
  );
}
