import { isInFlight, type Facts, type LedgerFact, type OrderFact, type Question, type Violation } from './facts.js';
import { settlementOf } from './settled.js';

const NOTHING: LedgerFact = { charges: 0, captured: 0, refunded: 0 };

/** M: at most one charge per order; what is kept is what is due; the provider's ledger and the payments database agree. */
export function checkMoney(facts: Facts, question: Question): Violation[] {
  const twice = [...facts.ledger]
    .filter(([, { charges }]) => charges > 1)
    .map(([orderId, { charges }]) => violation(orderId, `was charged ${charges} times at the provider`));
  const ownerless = [...facts.ledger]
    .filter(([orderId]) => !facts.orders.has(orderId))
    .map(([orderId, { captured }]) =>
      violation(orderId, `was charged ${captured} at the provider, and there is no such order`),
    );
  const wrong = [...facts.orders.values()]
    .filter((order) => !order.needsAttention && !isInFlight(order, question))
    .flatMap((order) => [...due(order, facts), ...agreement(order, facts)]);
  return [...twice, ...ownerless, ...wrong];
}

function due({ id, status, total }: OrderFact, { ledger }: Facts): Violation[] {
  const settlement = settlementOf(status);
  if (settlement === 'moving') return [];
  const { captured, refunded } = ledger.get(id) ?? NOTHING;
  const owed = settlement === 'kept' ? total : 0;
  const kept = captured - refunded;
  return kept === owed
    ? []
    : [
        violation(
          id,
          `is ${status}: ${owed} is due, the provider's ledger keeps ${kept} (charged ${captured}, refunded ${refunded})`,
        ),
      ];
}

function agreement({ id }: OrderFact, { ledger, charges }: Facts): Violation[] {
  const theirs = ledger.get(id) ?? NOTHING;
  const ours = charges.get(id) ?? { captured: 0, refunded: 0 };
  if (theirs.captured === ours.captured && theirs.refunded === ours.refunded) return [];
  return [
    violation(
      id,
      `payments says captured ${ours.captured}, refunded ${ours.refunded}; the provider says ${theirs.captured} and ${theirs.refunded}`,
    ),
  ];
}

function violation(orderId: string, message: string): Violation {
  return { invariant: 'M', orderId, message };
}
