import { randomUUID } from 'node:crypto';
import { HAPPY } from '../order-kinds.js';
import { settle } from '../settle.js';
import type { Stage } from '../stage.js';

/**
 * Resets the workflows of confirmed orders to a moment before, as an operator may: they run again from there, and ask the
 * participants for what was done before.
 */
export async function resetWorkflows(stage: Stage): Promise<void> {
  const { load, flights, cancels, random, size } = stage;
  await load.placeMany(Math.min(size.orders, 40), HAPPY);
  await settle(flights, false, 60_000);
  const { client } = cancels;
  const orders = await flights.confirmed();
  for (const id of orders) {
    const workflowId = `order-${id}`;
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const tasks = (events ?? []).filter((event) => Boolean(event.workflowTaskCompletedEventAttributes));
    const { eventId = null } = random.pick(tasks);
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId },
      reason: 'chaos',
      requestId: randomUUID(),
      workflowTaskFinishEventId: eventId,
    });
    stage.history.note('reset', { id, toEvent: String(eventId) });
  }
  if (orders.length === 0) stage.broken.push('no order was confirmed and not yet delivered: nothing was reset');
  stage.say(`${orders.length} workflows were reset`);
}
