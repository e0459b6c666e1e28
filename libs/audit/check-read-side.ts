import {
  violations,
  type Finding,
  type LogFact,
  type OrderFact,
  type OrderFacts,
  type Question,
  type SystemFacts,
  type Violation,
} from './facts.js';
import { checkDeadLetters } from './check-dead-letters.js';
import type { OrderStatus } from '#libs/contracts/http/orders.js';

/** R, of one order: what is shown is what its log says. */
export function checkShown({ id, order, log }: OrderFacts): Violation[] {
  if (!order) return violations('R', id, log && `has a log of ${log.events} events, and is not shown at all`);
  if (!log)
    return violations('R', id, `is shown at version ${order.version}, and has no log: nothing tells what happened`);
  return violations('R', id, ...torn(order, log));
}

function torn({ version, status, needsAttention }: OrderFact, { events, latest, turns }: LogFact): Finding[] {
  const said = turns.split(' ');
  const possible = statusesAfter(said);
  return [
    version !== latest && `is shown at version ${version}, its log ends at ${latest}: readers see another state`,
    events !== latest && `has ${events} events up to version ${latest}: a part of its log is missing`,
    !possible.includes(status) && `is shown as ${status}, its log says ${possible.join(' or ')}`,
    needsAttention &&
      !said.includes('AttentionRaised') &&
      'shows that it needs attention, and its log does not say why',
  ];
}

/** Forward, the steps' attempts tell the status; from the confirmation or the undo on, these events do. */
function statusesAfter(turns: readonly string[]): readonly OrderStatus[] {
  const was = (type: string): boolean => turns.includes(type);
  if (was('OrderRejected')) return ['REJECTED'];
  if (was('OrderCancelled')) return ['CANCELLED'];
  if (was('OrderRejecting') || was('OrderCancelling'))
    return turns.findLast((type) => type === 'OrderRejecting' || type === 'OrderCancelling') === 'OrderRejecting'
      ? ['REJECTING']
      : ['CANCELLING'];
  if (!was('OrderConfirmed')) return ['PENDING', 'RESERVED', 'PAID'];
  if (was('OrderDelivered')) return ['DELIVERED', 'SHIPPED', 'PARTIALLY_SHIPPED'];
  return was('OrderShipped') ? ['SHIPPED', 'PARTIALLY_SHIPPED'] : ['CONFIRMED'];
}

/** R: nothing but poison is dead; at rest, outboxes and queues are empty, and the catalogue shows what inventory has. */
export function checkReadSide(facts: SystemFacts, { atRest }: Question): Violation[] {
  return [...checkDeadLetters(facts), ...(atRest ? [...unsent(facts), ...unread(facts), ...shownWrong(facts)] : [])];
}

function unsent({ outboxes }: SystemFacts): Violation[] {
  return [...outboxes].flatMap(([service, { count, messages }]) => {
    const named = messages.map(({ type, about }) => {
      const message = `${type} waits in the outbox of ${service}: nobody has heard of it`;
      return isOrderId(about)
        ? { invariant: 'R' as const, orderId: about, message }
        : violation(`${about}: ${message}`);
    });
    const more = count - messages.length;
    return more > 0 ? [...named, violation(`${more} more messages wait in the outbox of ${service}`)] : named;
  });
}

function unread({ queues }: SystemFacts): Violation[] {
  return [...queues]
    .filter(([queue, count]) => count > 0 && !isDeadLetters(queue))
    .map(([queue, count]) => violation(`${count} messages wait in ${queue}: nobody works on them`));
}

function shownWrong({ stock, shown }: SystemFacts): Violation[] {
  return stock
    .filter(({ place, available }) => shown.get(place) !== available)
    .map(({ place, available }) =>
      violation(`${place}: the catalogue shows ${shown.get(place) ?? 'nothing'} available, inventory has ${available}`),
    );
}

function isDeadLetters(queue: string): boolean {
  return queue.endsWith('-dlq');
}

function isOrderId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

function violation(message: string): Violation {
  return { invariant: 'R', message };
}
