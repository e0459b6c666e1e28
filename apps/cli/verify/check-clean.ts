import { isInFlight, type Facts, type OrderFact, type Question, type Violation } from './facts.js';
import { settlementOf } from './settled.js';

const NO_PARCEL = new Set(['STARTED', 'CANCELLED', 'REFUSED']);

/** C: a rejected or cancelled order holds no stock, no money and no shipment. */
export function checkClean(facts: Facts, question: Question): Violation[] {
  return [...facts.orders.values()]
    .filter((order) => settlementOf(order.status) === 'undone' && !isInFlight(order, question))
    .flatMap((order) => [...stock(order, facts), ...money(order, facts), ...parcel(order, facts)]);
}

function stock({ id, status }: OrderFact, { reservations }: Facts): Violation[] {
  const state = reservations.get(id)?.state ?? 'released';
  return state === 'released' ? [] : [violation(id, `is ${status} and its stock is still ${state}`)];
}

function money({ id, status }: OrderFact, { charges }: Facts): Violation[] {
  const { captured, refunded } = charges.get(id) ?? { captured: 0, refunded: 0 };
  return captured === refunded
    ? []
    : [violation(id, `is ${status} and ${captured - refunded} of its money is still kept`)];
}

function parcel({ id, status }: OrderFact, { shipments, parcels }: Facts): Violation[] {
  const state = shipments.get(id)?.state ?? 'CANCELLED';
  if (!NO_PARCEL.has(state)) return [violation(id, `is ${status} and its shipment is ${state}`)];
  return (parcels.get(id) ?? 0) === 0 ? [] : [violation(id, `is ${status} and the carrier still has a label for it`)];
}

function violation(orderId: string, message: string): Violation {
  return { invariant: 'C', orderId, message };
}
