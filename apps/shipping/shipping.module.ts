import { Module, type DynamicModule } from '@nestjs/common';
import { ShippingServiceService } from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import type { ServiceOptions } from '#libs/kernel/run-service.js';
import { OutboxModule } from '#libs/messaging/outbox.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import { Resilience } from '#libs/resilience/resilience.js';
import { CancelShipment } from './cancel-shipment/cancel-shipment.js';
import { Carrier } from './carrier/carrier.js';
import { EasyPostCarrier } from './carrier/easypost-carrier.js';
import { GuardedCarrier } from './carrier/guarded-carrier.js';
import { migrations } from './migrations/index.js';
import { CarrierEvents } from './receive-carrier-webhook/carrier-events.js';
import { ReceiveCarrierWebhook } from './receive-carrier-webhook/receive-carrier-webhook.js';
import { ScheduleShipment } from './schedule-shipment/schedule-shipment.js';
import { Shipments } from './shipment/shipments.js';
import { CONFIG, type ShippingConfig } from './shipping.config.js';
import { ShippingGrpc } from './shipping.grpc.js';

/** The carrier sends an event again for days, not for weeks. */
const EVENTS_KEPT_DAYS = 30;

/** Shipments, from quote to delivery, and the arbiter of "too late to cancel". */
@Module({})
export class ShippingModule {
  static with(config: ShippingConfig): DynamicModule {
    const resilience = new Resilience('shipping', config.WAYBILL_POLICIES);
    const easyPost = new EasyPostCarrier({
      apiKey: config.WAYBILL_CARRIER_API_KEY,
      url: config.WAYBILL_CARRIER_URL,
      timeoutMs: resilience.guard('carrier', 'quote').policy.timeoutMs,
      shipFrom: config.WAYBILL_CARRIER_SHIP_FROM,
      ouncesPerItem: config.WAYBILL_CARRIER_OUNCES_PER_ITEM,
    });
    const database = {
      name: 'shipping',
      url: config.WAYBILL_DATABASE_URL,
      pool: config.WAYBILL_DATABASE_POOL,
      statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
      migrations,
    };
    const outbox = { producer: 'shipping', amqpUrl: config.WAYBILL_AMQP_URL, databaseUrl: config.WAYBILL_DATABASE_URL };
    return {
      module: ShippingModule,
      imports: [
        DatabaseModule.forService(database),
        OutboxModule.forService(outbox),
        ForgetOldRowsModule.forTable({ table: 'carrier_events', column: 'received_at', days: EVENTS_KEPT_DAYS }),
      ],
      controllers: [ShippingGrpc],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Resilience, useValue: resilience },
        { provide: Carrier, useValue: new GuardedCarrier(easyPost, resilience) },
        Shipments,
        CarrierEvents,
        ScheduleShipment,
        CancelShipment,
        ReceiveCarrierWebhook,
      ],
    };
  }
}

/** The whole service, as it runs. */
export function shippingService(config: ShippingConfig): ServiceOptions {
  return {
    name: 'shipping',
    module: ShippingModule.with(config),
    config,
    grpc: {
      listen: config.WAYBILL_GRPC_LISTEN,
      services: { 'waybill.shipping.v1.ShippingService': ShippingServiceService },
    },
  };
}
