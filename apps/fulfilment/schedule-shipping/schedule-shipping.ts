import { Inject, Injectable } from '@nestjs/common';
import type { ShipmentData } from '#libs/contracts/events.js';
import type { ShipmentResponse } from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { ScheduleShippingCall, ShippingAnswer, StepAnswer, StepCall } from '#workflows/fulfil-order/contract.js';
import { AttemptStep } from '../attempt-step/attempt-step.js';
import { SHIPPING, type Shipping } from '../participants.js';

const step = 'schedule-shipping';

@Injectable()
export class ScheduleShipping {
  constructor(
    @Inject(SHIPPING) private readonly shipping: Shipping,
    private readonly attempts: AttemptStep,
  ) {}

  async do(call: ScheduleShippingCall): Promise<ShippingAnswer> {
    const { orderId, address, lines, shippingMethod } = call;
    const { told, answer } = await this.attempts.make({
      step,
      direction: 'do',
      call,
      ask: (options) =>
        this.shipping.scheduleShipment({ orderId, address, items: [...lines], shippingMethod }, options),
      tell: (response) => ({ detail: `Parcel ${response.tracking}`, shipment: shipmentOf(response) }),
    });
    const { id, tracking, deliverBy } = told.shipment;
    return { ...answer, shipment: { id, tracking, deliverBy } };
  }

  async undo(call: StepCall): Promise<StepAnswer> {
    const { answer } = await this.attempts.make({
      step,
      direction: 'undo',
      call,
      ask: (options) => this.shipping.cancelShipment({ orderId: call.orderId }, options),
      tell: ({ id }) => ({
        detail: id === '' ? 'Nothing was scheduled, and nothing can be any more' : 'Shipment cancelled',
      }),
    });
    return answer;
  }
}

function shipmentOf({ id, tracking, items, deliverBy }: ShipmentResponse): ShipmentData {
  if (!deliverBy) throw new WaybillError('INTERNAL', `Shipment ${id} has no date to be delivered by`);
  return { id, tracking, items, deliverBy: deliverBy.toISOString() };
}
