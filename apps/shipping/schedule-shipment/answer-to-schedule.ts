import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import type { ShipmentState } from '../shipment/shipment.js';

/**
 * What a call to schedule is answered with, by the state that it has led to.
 * @throws WaybillError NOT_SERVED, SHIPMENT_CANCELLED: final. UNAVAILABLE: not decided yet, call again.
 */
export function answerToSchedule<Shipment extends { readonly state: ShipmentState }>(shipment: Shipment): Shipment {
  switch (shipment.state) {
    case 'SCHEDULED':
    case 'DISPATCHED':
    case 'DELIVERED':
    case 'LOST':
      return shipment;
    case 'REFUSED':
      throw new WaybillError('NOT_SERVED', 'No carrier serves this address; another address may do');
    case 'CANCELLED':
      throw new WaybillError(
        'SHIPMENT_CANCELLED',
        'The shipment of this order was cancelled: it will never be scheduled',
      );
    case 'CANCELLING':
      throw new WaybillError(
        'UNAVAILABLE',
        'The carrier is deciding about a cancel of this shipment; try again in a moment',
      );
    case 'STARTED':
      throw new WaybillError(
        'UNAVAILABLE',
        'The carrier has not decided about this shipment yet; try again in a moment',
      );
    default:
      return unreachable(shipment.state);
  }
}
