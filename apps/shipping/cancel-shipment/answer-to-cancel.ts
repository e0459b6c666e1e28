import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import type { ShipmentState } from '../shipment/shipment.js';

/**
 * What a cancel is answered with, by the state that it has led to.
 * @throws WaybillError TOO_LATE: final. UNAVAILABLE: not decided yet, call again.
 */
export function answerToCancel<Shipment extends { readonly state: ShipmentState }>(shipment: Shipment): Shipment {
  switch (shipment.state) {
    case 'CANCELLED':
    case 'REFUSED':
      return shipment;
    case 'DISPATCHED':
    case 'DELIVERED':
    case 'LOST':
      throw new WaybillError(
        'TOO_LATE',
        'The parcel has been handed over to the carrier; it can be returned, not cancelled',
      );
    case 'STARTED':
    case 'SCHEDULED':
    case 'CANCELLING':
      throw new WaybillError('UNAVAILABLE', 'The carrier has not decided about this cancel yet; try again in a moment');
    default:
      return unreachable(shipment.state);
  }
}
