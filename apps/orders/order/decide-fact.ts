import { WaybillError } from '#libs/kernel/errors.js';
import type { RecordFact } from './commands.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { canMove, isFinal, type Order } from '#libs/order-log/order.js';

/**
 * A fact is recorded when it moves its shipment on: a duplicate, or one that a later fact has overtaken, does not.
 * @throws WaybillError INVALID_REQUEST for a shipment that the log does not know yet.
 */
export function decideFact(command: RecordFact, { placed, progress }: Order): readonly OrderEvent[] {
  const { fact, factId, shipmentId, at } = command;
  const shipment = progress.shipments.find(({ id }) => id === shipmentId);
  if (isFinal(progress.status)) return [];
  if (shipment === undefined) {
    throw new WaybillError(
      'INVALID_REQUEST',
      `Record the scheduling of shipment ${shipmentId} before what became of it`,
    );
  }
  if (!canMove(shipment, fact)) return [];
  const { orderId, customerId } = placed;
  const data = { orderId, customerId, factId, shipmentId, at };
  return fact === 'DISPATCHED' ? [{ type: 'OrderShipped', data }] : [{ type: 'OrderDelivered', data }];
}
