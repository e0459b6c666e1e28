import { isMoving, violations, type Finding, type OrderFacts, type Question, type Violation } from './facts.js';
import { isCalledOff, settlementOf } from './settled.js';

/** C: a rejected or cancelled order holds no stock, no money and no shipment; what is no order has no parcel. */
export function checkClean(facts: OrderFacts, question: Question): Violation[] {
  const { id, order } = facts;
  if (!order) return violations('C', id, parcel(facts, 'is no order'));
  if (settlementOf(order.status) !== 'undone' || isMoving(order, question)) return [];
  const it = `is ${order.status}`;
  return violations('C', id, stock(facts, it), money(facts, it), parcel(facts, it));
}

function stock({ reservation }: OrderFacts, it: string): Finding {
  const { state = 'released' } = reservation ?? {};
  return state !== 'released' && `${it} and its stock is still ${state}: nobody else can buy it`;
}

function money({ charge }: OrderFacts, it: string): Finding {
  if (!charge) return undefined;
  const { state, captured, refunded } = charge;
  if (captured !== refunded) return `${it} and ${captured - refunded} of its money is still kept`;
  return (state === 'STARTED' || state === 'SETTLING') && `${it} and its charge is ${state}: it may still be made`;
}

function parcel({ shipment, parcels }: OrderFacts, it: string): Finding {
  const { state = 'missing' } = shipment ?? {};
  if (!isCalledOff(state)) return `${it} and its shipment is ${state}: goods leave that nobody pays for`;
  return parcels && `${it} and the carrier still has a label for it: goods may leave that nobody pays for`;
}
