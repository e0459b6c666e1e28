import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import type { RecordDecision, RequestCancel } from './commands.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { isFinal, type Order } from '#libs/order-log/order.js';

/** Temporal takes ten requests at a time for one workflow, and two thousand in all: some are left for ourselves. */
const MAX_UNDECIDED = 8;
const MAX_REQUESTS = 1_000;

/** Recorded once, and only while there is something to decide. It changes nothing by itself. */
export function decideCancelRequest(command: RequestCancel, order: Order): readonly OrderEvent[] {
  const { type: _type, ...request } = command;
  if (isKnown(command.commandId, order)) return [];
  requireRoom(order);
  return [{ type: 'CancelRequested', data: { orderId: order.placed.orderId, ...request, order: order.placed } }];
}

export function isKnown(commandId: string, { progress: { requestedIds, commandIds } }: Order): boolean {
  return requestedIds?.includes(commandId) === true || commandIds.includes(commandId);
}

/** @throws WaybillError ALREADY_FINAL, or RATE_LIMITED while too many others are to be decided. */
export function requireRoom({ progress: { status, requestedIds = [], commandIds } }: Order): void {
  if (isFinal(status)) throw new WaybillError('ALREADY_FINAL', `The order is ${status}: nothing of it can be changed`);
  const undecided = requestedIds.filter((id) => !commandIds.includes(id)).length;
  if (undecided < MAX_UNDECIDED && requestedIds.length < MAX_REQUESTS) return;
  throw new WaybillError('RATE_LIMITED', 'Too much was asked of this order; wait until that is decided');
}

export function decideDecision(command: RecordDecision, order: Order): readonly OrderEvent[] {
  const { commandId, requestedBy } = command;
  if (order.progress.commandIds.includes(commandId)) return [];
  const data = { orderId: order.placed.orderId, commandId, requestedBy };
  switch (command.command) {
    case 'cancel':
      return command.decision === 'accepted'
        ? [{ type: 'CancelAccepted', data }]
        : [{ type: 'CancelRefused', data: { ...data, code: command.decision } }];
    case 'amend':
      return [{ type: 'AmendRefused', data: { ...data, code: command.decision } }];
    default:
      return unreachable(command);
  }
}
