import type { DeadLetterFact, SystemFacts, Violation } from './facts.js';

/** Nothing is wrong with the system for getting one of these: it is shown, and somebody decides. */
const POISON: ReadonlySet<string> = new Set(['malformed', 'unknown-type', 'unknown-version', 'refused']);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** R: what was given up is poison, and is shown. Anything else was lost on its way, until somebody replays or discards it. */
export function checkDeadLetters({ deadLetters, queues }: SystemFacts): Violation[] {
  return [
    ...deadLetters.items.filter(({ reason }) => !POISON.has(reason)).map(lost),
    ...more(deadLetters),
    ...hidden(queues),
  ];
}

/** Broken lines name each by its order, so that there is something to look at. */
function lost({ id, queue, reason, type, orderId }: DeadLetterFact): Violation {
  const message = `${type ?? 'a message'} for ${queue} was given up (${reason}), and nothing came of it: dead letter ${id}`;
  return orderId !== null && UUID.test(orderId)
    ? { invariant: 'R', orderId, message }
    : { invariant: 'R', message: orderId === null ? message : `${orderId}: ${message}` };
}

function more({ total, items }: SystemFacts['deadLetters']): Violation[] {
  if (total === items.length) return [];
  return [{ invariant: 'R', message: `${total - items.length} more dead letters wait for somebody to decide` }];
}

function hidden(queues: SystemFacts['queues']): Violation[] {
  return [...queues]
    .filter(([queue, count]) => count > 0 && queue.endsWith('-dlq'))
    .map(([queue, count]) => ({
      invariant: 'R',
      message: `${count} dead letters in ${queue}: operations has not taken them over, nobody sees them`,
    }));
}
