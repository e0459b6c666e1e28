import { isInFlight, type Facts, type OrderFact, type Question, type Violation } from './facts.js';
import { settlementOf } from './settled.js';

/** A: every order that a client got a 2xx for exists, and is settled or visibly in need of attention. None runs twice. */
export function checkAccepted(facts: Facts, question: Question): Violation[] {
  const lost = [...question.accepted]
    .filter((id) => !facts.orders.has(id))
    .map((orderId): Violation => ({ invariant: 'A', orderId, message: 'was accepted and does not exist: it is lost' }));
  const unsettled = [...facts.orders.values()].flatMap((order) => unsettledOrder(order, question));
  const twice = [...facts.parcels]
    .filter(([, parcels]) => parcels > 1)
    .map(([orderId, parcels]): Violation => ({
      invariant: 'A',
      orderId,
      message: `has ${parcels} parcels at the carrier: it ran twice`,
    }));
  return [...lost, ...unsettled, ...twice];
}

function unsettledOrder(order: OrderFact, question: Question): Violation[] {
  if (order.needsAttention || isInFlight(order, question)) return [];
  const problem = (message: string): Violation[] => [{ invariant: 'A', orderId: order.id, message }];
  if (settlementOf(order.status) === 'moving')
    return problem(`is still ${order.status} after ${Math.round(order.ageMs / 1_000)} s: nobody brings it to an end`);
  if (order.overdue && order.status !== 'DELIVERED' && settlementOf(order.status) === 'kept')
    return problem(`is ${order.status} past its promised day, and nobody was told`);
  return [];
}
