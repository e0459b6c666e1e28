import {
  isMoving,
  violations,
  type Finding,
  type OrderFact,
  type OrderFacts,
  type Question,
  type Violation,
} from './facts.js';
import { isCalledOff, settlementOf } from './settled.js';

/** A: every order that a client got a 2xx for exists, and is settled or visibly in need of attention. None runs twice. */
export function checkAccepted(facts: OrderFacts, question: Question): Violation[] {
  const { id, order } = facts;
  return violations('A', id, lost(facts), ranTwice(facts), ...(order ? unfinished(order, facts, question) : []));
}

function lost({ accepted, answered, order }: OrderFacts): Finding {
  if (order) return undefined;
  if (accepted) return 'was accepted and does not exist: it is lost';
  return answered && 'was answered with 201, by the answer that orders keeps, and does not exist: it is lost';
}

function ranTwice({ parcels }: OrderFacts): Finding {
  return (parcels?.count ?? 0) > 1 && `has ${parcels?.count} parcels at the carrier: it ran twice`;
}

function unfinished(order: OrderFact, { shipment, parcels }: OrderFacts, question: Question): Finding[] {
  if (isMoving(order, question)) return [];
  const { status, ageMs, overdue } = order;
  if (settlementOf(status) === 'moving')
    return [`is still ${status} after ${Math.round(ageMs / 1_000)} s: nobody brings it to an end`];
  if (settlementOf(status) === 'undone') return [];
  const state = shipment?.state ?? 'missing';
  return [
    overdue && status !== 'DELIVERED' && `is ${status} past its promised day, and nobody was told`,
    isCalledOff(state)
      ? `is ${status}, and its shipment is ${state}: it will never arrive`
      : parcels === undefined && `is ${status}, and the carrier has no label for it: it will never arrive`,
  ];
}
