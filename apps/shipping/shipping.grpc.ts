import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import {
  ShipmentState,
  type CancelShipmentRequest,
  type GetShipmentRequest,
  type ReceiveCarrierWebhookRequest,
  type ReceiveCarrierWebhookResponse,
  type ScheduleShipmentRequest,
  type ShipmentResponse,
} from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import type { ListBreakersResponse } from '#libs/contracts/generated/waybill/values/v1/values.js';
import { orderId, orderRequest, webhookRequest } from '#libs/grpc/request-fields.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { listBreakers } from '#libs/resilience/list-breakers.js';
import { Resilience } from '#libs/resilience/resilience.js';
import { CancelShipment } from './cancel-shipment/cancel-shipment.js';
import { ReceiveCarrierWebhook } from './receive-carrier-webhook/receive-carrier-webhook.js';
import { ScheduleShipment } from './schedule-shipment/schedule-shipment.js';
import type { ShipmentRow } from './schema.js';
import { Shipments } from './shipment/shipments.js';

const text = z.string().min(1).max(200);
const scheduleRequest = z.object({
  orderId,
  address: z.object({ name: text, line1: text, city: text, postalCode: text, country: z.string().regex(/^[A-Z]{2}$/) }),
  items: z
    .array(z.object({ sku: text, quantity: z.int().min(1).max(1_000) }))
    .min(1)
    .max(100),
  shippingMethod: z.string().max(100),
});

/** `waybill.shipping.v1.ShippingService`: validates, delegates, translates. */
@Controller()
export class ShippingGrpc {
  constructor(
    private readonly scheduling: ScheduleShipment,
    private readonly cancelling: CancelShipment,
    private readonly receiving: ReceiveCarrierWebhook,
    private readonly shipments: Shipments,
    private readonly resilience: Resilience<'shipping'>,
  ) {}

  @GrpcMethod('ShippingService', 'listBreakers')
  listBreakers(): ListBreakersResponse {
    return listBreakers(this.resilience);
  }

  @GrpcMethod('ShippingService', 'scheduleShipment')
  async scheduleShipment(request: ScheduleShipmentRequest): Promise<ShipmentResponse> {
    return response(await this.scheduling.execute(parse(scheduleRequest, request)));
  }

  @GrpcMethod('ShippingService', 'cancelShipment')
  async cancelShipment(request: CancelShipmentRequest): Promise<ShipmentResponse> {
    return response(await this.cancelling.execute(parse(orderRequest, request).orderId));
  }

  @GrpcMethod('ShippingService', 'getShipment')
  async getShipment(request: GetShipmentRequest): Promise<ShipmentResponse> {
    const shipment = await this.shipments.find(parse(orderRequest, request).orderId);
    if (!shipment) throw new WaybillError('NOT_FOUND', 'Nothing was scheduled or cancelled for this order');
    return response(shipment);
  }

  @GrpcMethod('ShippingService', 'receiveCarrierWebhook')
  async receiveCarrierWebhook(request: ReceiveCarrierWebhookRequest): Promise<ReceiveCarrierWebhookResponse> {
    return this.receiving.execute(parse(webhookRequest, request));
  }
}

function response(shipment: ShipmentRow): ShipmentResponse {
  const wasStarted = shipment.address !== null;
  return {
    id: wasStarted ? shipment.id : '',
    orderId: shipment.order_id,
    state: ShipmentState[shipment.state],
    tracking: shipment.tracking,
    items: [...shipment.items],
    deliverBy: shipment.deliver_by ?? undefined,
  };
}
