import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceOptions } from '#libs/kernel/run-service.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { BuyShipment } from './buy-shipment/buy-shipment.js';
import { CONFIG, type CarrierSimulatorConfig } from './carrier-simulator.config.js';
import { CreateShipment } from './create-shipment/create-shipment.js';
import { ApiKeyGuard } from './easypost/api-key.guard.js';
import { ShipmentsController } from './easypost/shipments.controller.js';
import { TrackersController } from './easypost/trackers.controller.js';
import { FindShipment } from './find-shipment/find-shipment.js';
import { migrations } from './migrations/index.js';
import { MoveParcels } from './move-parcels/move-parcels.js';
import { RefundShipment } from './refund-shipment/refund-shipment.js';
import { SendWebhooks } from './send-webhooks/send-webhooks.js';

/** The carrier's side of the world: what it sold, where each parcel is, and what it has told the shop. */
@Module({})
export class CarrierSimulatorModule {
  static with(config: CarrierSimulatorConfig): DynamicModule {
    const database = DatabaseModule.forService({
      name: 'carrier-simulator',
      url: config.WAYBILL_DATABASE_URL,
      pool: config.WAYBILL_DATABASE_POOL,
      statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
      migrations,
    });
    return {
      module: CarrierSimulatorModule,
      imports: [database],
      controllers: [ShipmentsController, TrackersController],
      providers: [
        { provide: CONFIG, useValue: config },
        ApiKeyGuard,
        CreateShipment,
        FindShipment,
        BuyShipment,
        RefundShipment,
        MoveParcels,
        SendWebhooks,
      ],
    };
  }
}

/** The whole program, as it runs: its API is served beside the probes. */
export function carrierSimulatorService(config: CarrierSimulatorConfig): ServiceOptions {
  return { name: 'carrier-simulator', module: CarrierSimulatorModule.with(config), config };
}
