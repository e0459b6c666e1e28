import type { Facts, Question, Violation } from './facts.js';

/** R: what is read equals what was logged; at rest, outboxes and queues are empty and nothing is dead. */
export function checkReadSide(facts: Facts, question: Question): Violation[] {
  const torn = [...facts.orders.values()]
    .filter(({ version, events }) => version !== events)
    .map(({ id, version, events }): Violation => ({
      invariant: 'R',
      orderId: id,
      message: `is shown at version ${version}, its log has ${events} events`,
    }));
  return question.atRest
    ? [...torn, ...waiting(facts), ...dead(facts), ...shownWrong(facts)]
    : [...torn, ...dead(facts)];
}

function waiting({ outboxes, queues }: Facts): Violation[] {
  const unsent = [...outboxes]
    .filter(([, count]) => count > 0)
    .map(([service, count]) => violation(`${count} messages wait in the outbox of ${service}`));
  const unread = [...queues]
    .filter(([queue, count]) => count > 0 && !isDeadLetters(queue))
    .map(([queue, count]) => violation(`${count} messages wait in ${queue}`));
  return [...unsent, ...unread];
}

function dead({ queues }: Facts): Violation[] {
  return [...queues]
    .filter(([queue, count]) => count > 0 && isDeadLetters(queue))
    .map(([queue, count]) => violation(`${count} dead letters in ${queue}`));
}

function shownWrong({ stock, shown }: Facts): Violation[] {
  const available = new Map<string, number>();
  for (const row of stock) available.set(row.sku, (available.get(row.sku) ?? 0) + row.available);
  return [...available]
    .filter(([sku, count]) => shown.has(sku) && shown.get(sku) !== count)
    .map(([sku, count]) =>
      violation(`${sku}: the catalogue shows ${shown.get(sku)} available, inventory has ${count}`),
    );
}

function isDeadLetters(queue: string): boolean {
  return queue.endsWith('-dlq');
}

function violation(message: string): Violation {
  return { invariant: 'R', message };
}
