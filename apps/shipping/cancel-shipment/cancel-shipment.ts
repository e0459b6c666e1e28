import { Injectable } from '@nestjs/common';
import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { Carrier } from '../carrier/carrier.js';
import type { ShipmentRow } from '../schema.js';
import { Shipments } from '../shipment/shipments.js';
import { answerToCancel } from './answer-to-cancel.js';

/**
 * The arbiter of "too late to cancel", and the undo of scheduling. It says yes only when no parcel of the order is under
 * way and none ever will be: nothing was ever bought and the tombstone keeps it so, or the carrier took the label back.
 */
@Injectable()
export class CancelShipment {
  constructor(
    private readonly shipments: Shipments,
    private readonly carrier: Carrier,
  ) {}

  /** @throws WaybillError TOO_LATE: the parcel is the carrier's. UNAVAILABLE or DEADLINE_EXCEEDED: call again. */
  async execute(orderId: OrderId): Promise<ShipmentRow> {
    const shipment = await this.shipments.beginCancel(orderId);
    const decided = shipment.state === 'CANCELLING' ? await this.letCarrierDecide(shipment) : shipment;
    await failpoint('cancel-shipment.before-reply');
    return answerToCancel(decided);
  }

  private async letCarrierDecide(shipment: ShipmentRow): Promise<ShipmentRow> {
    const { carrier_reference: reference, carrier_rate: rate } = shipment;
    if (reference === null || rate === null)
      throw new WaybillError('INTERNAL', `Shipment ${shipment.id} has no label to cancel`);
    const voiding = await this.carrier.void({ reference, rate });
    await failpoint('cancel-shipment.after-void');
    switch (voiding.kind) {
      case 'voided':
        return this.shipments.finishCancel(shipment);
      case 'handed_over':
        return (await this.shipments.advance(shipment, voiding.report)).shipment;
      default:
        return unreachable(voiding);
    }
  }
}
