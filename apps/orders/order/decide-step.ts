import { STEPS } from '#libs/contracts/steps.js';
import type { RecordStep } from './commands.js';
import type { EventOf, OrderEvent } from '#libs/order-log/events.js';
import { evolve } from '#libs/order-log/evolve.js';
import { isDone, isFinal, isUndone, phaseOf, settledContent, stepProgress, type Order } from '#libs/order-log/order.js';

/**
 * An attempt is recorded once; those before it that nobody reported have timed out. But an attempt given up as failed or
 * timed out that did succeed is heard once more: the worker that ran it may have died and run it again.
 * What is reported of a step after its undo, or of an order after its end, is too late.
 */
export function decideStep(command: RecordStep, order: Order): readonly OrderEvent[] {
  const { progress, placed } = order;
  const { attempts, done } = stepProgress(progress, command.step, command.direction);
  const overtaken = command.direction === 'do' && isUndone(progress, command.step);
  const known = command.attempt <= attempts && (done || command.outcome !== 'ok');
  if (known || overtaken || isFinal(progress.status)) return [];

  const missing = Array.from({ length: Math.max(0, command.attempt - attempts - 1) }, (_, index) =>
    timedOut(command, attempts + 1 + index, placed.orderId),
  );
  const { type: _type, ...reported } = command;
  const events = [...missing, progressed({ orderId: placed.orderId, ...reported })];
  const after = events.reduce<Order>(evolve, order);
  return isComplete(after) ? [...events, confirmed(after)] : events;
}

function timedOut({ step, direction }: RecordStep, attempt: number, orderId: string): EventOf<'OrderProgressed'> {
  const detail = 'Nobody reported how this attempt ended';
  return progressed({
    orderId,
    step,
    direction,
    attempt,
    outcome: 'timed_out',
    startedAt: null,
    endedAt: null,
    detail,
  });
}

function progressed(data: EventOf<'OrderProgressed'>['data']): EventOf<'OrderProgressed'> {
  return { type: 'OrderProgressed', data };
}

/** True as soon as every step is done and nobody has begun to undo them. */
function isComplete({ progress }: Order): boolean {
  const whole = STEPS.every((step) => isDone(progress, step) && !isUndone(progress, step));
  return whole && !progress.confirmed && phaseOf(progress.status) === 'forward';
}

function confirmed({ placed, progress }: Order): EventOf<'OrderConfirmed'> {
  const { orderId, customerId, items, total } = placed;
  const shipments = progress.shipments.map(({ status: _status, ...shipment }) => shipment);
  const data = { orderId, customerId, items, total, shipments, ...settledContent(progress) };
  return { type: 'OrderConfirmed', data };
}
