import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import type { RecordDecision, RequestCancel } from './commands.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { isFinal, type Order } from '#libs/order-log/order.js';

interface Room {
  readonly undecided: number;
  readonly inAll: number;
}

/**
 * Temporal takes ten requests at a time for one workflow, and two thousand in all: some are left for ourselves. Amendments
 * leave some of the others for a cancel, which never waits for them.
 */
const ROOM: Readonly<Record<'amend' | 'cancel', Room>> = {
  amend: { undecided: 6, inAll: 1_000 },
  cancel: { undecided: 8, inAll: 1_200 },
};

/** Recorded once, and only while there is something to decide. It changes nothing by itself. */
export function decideCancelRequest(command: RequestCancel, order: Order): readonly OrderEvent[] {
  const { type: _type, ...request } = command;
  if (isKnown(command.commandId, order)) return [];
  requireRoom('cancel', order);
  return [{ type: 'CancelRequested', data: { orderId: order.placed.orderId, ...request, order: order.placed } }];
}

export function isKnown(commandId: string, { progress: { requestedIds, commandIds } }: Order): boolean {
  return requestedIds?.includes(commandId) === true || commandIds.includes(commandId);
}

/** @throws WaybillError ALREADY_FINAL, or RATE_LIMITED while too many others are to be decided. */
export function requireRoom(
  asked: keyof typeof ROOM,
  { progress: { status, requestedIds = [], commandIds } }: Order,
): void {
  if (isFinal(status)) throw new WaybillError('ALREADY_FINAL', `The order is ${status}: nothing of it can be changed`);
  const undecided = requestedIds.filter((id) => !commandIds.includes(id)).length;
  if (undecided < ROOM[asked].undecided && requestedIds.length < ROOM[asked].inAll) return;
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
