import { Injectable } from '@nestjs/common';
import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { Carrier, type Label } from '../carrier/carrier.js';
import { CarrierEvents } from '../receive-carrier-webhook/carrier-events.js';
import type { ShipmentRow } from '../schema.js';
import { Shipments, type ShipmentOrder } from '../shipment/shipments.js';
import { answerToSchedule } from './answer-to-schedule.js';

/**
 * Schedules the shipment of an order, once, whatever became of earlier calls: asks for a quote, commits its id, then buys
 * that one. Only a committed id is ever bought, and only once, so there is never more than one parcel; each step can be
 * the last one of a dying process, and the next call goes on from what is stored.
 */
@Injectable()
export class ScheduleShipment {
  constructor(
    private readonly shipments: Shipments,
    private readonly events: CarrierEvents,
    private readonly carrier: Carrier,
  ) {}

  /** @throws WaybillError NOT_SERVED, SHIPMENT_CANCELLED; UNAVAILABLE or DEADLINE_EXCEEDED: call again. */
  async execute(order: ShipmentOrder): Promise<ShipmentRow> {
    let shipment = await this.shipments.start(order);
    if (shipment.state === 'STARTED' && !labelOf(shipment)) shipment = await this.quote(shipment);
    const label = labelOf(shipment);
    if (shipment.state === 'STARTED' && label) shipment = await this.buy(shipment, label);
    await failpoint('schedule-shipment.before-reply');
    return answerToSchedule(shipment);
  }

  private async quote(shipment: ShipmentRow): Promise<ShipmentRow> {
    const { order_id: orderId, address, items, shipping_method: shippingMethod } = shipment;
    if (!address) throw new WaybillError('INTERNAL', `Shipment ${shipment.id} was started without an address`);
    const quote = await this.carrier.quote({ orderId, address, items, shippingMethod });
    await failpoint('schedule-shipment.after-quote');
    switch (quote.kind) {
      case 'not_served':
        return this.shipments.refuse(orderId);
      case 'quoted':
        return this.shipments.commitLabel(orderId, quote.label);
      default:
        return unreachable(quote);
    }
  }

  private async buy(shipment: ShipmentRow, label: Label): Promise<ShipmentRow> {
    await failpoint('schedule-shipment.before-buy');
    const purchase = await this.carrier.buy(label);
    await failpoint('schedule-shipment.after-buy');
    switch (purchase.kind) {
      case 'bought': {
        const { shipment: scheduled } = await this.shipments.advance(shipment, purchase.report);
        return this.events.applyWaiting(scheduled);
      }
      case 'voided':
        return this.shipments.get(shipment.order_id);
      default:
        return unreachable(purchase);
    }
  }
}

function labelOf({ carrier_reference: reference, carrier_rate: rate }: ShipmentRow): Label | undefined {
  return reference === null || rate === null ? undefined : { reference, rate };
}
