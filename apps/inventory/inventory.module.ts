import { Module, type DynamicModule } from '@nestjs/common';
import { OutboxModule } from '#libs/messaging/outbox.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { AnnounceLevels } from './announce-levels/announce-levels.js';
import { ExpireHolds } from './expire-holds/expire-holds.js';
import { AmendReservation } from './amend-reservation/amend-reservation.js';
import { HoldStock } from './hold-stock/hold-stock.js';
import { CONFIG, type InventoryConfig } from './inventory.config.js';
import { InventoryGrpc } from './inventory.grpc.js';
import { ListStock } from './list-stock/list-stock.js';
import { migrations } from './migrations/index.js';
import { ReleaseStock } from './release-stock/release-stock.js';
import { Reservations } from './reservation/reservations.js';
import { ReserveStock } from './reserve-stock/reserve-stock.js';
import { SetStock } from './set-stock/set-stock.js';
import { ShipStock } from './ship-stock/ship-stock.js';

@Module({})
export class InventoryModule {
  static with(config: InventoryConfig): DynamicModule {
    return {
      module: InventoryModule,
      imports: [
        DatabaseModule.forService({
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          name: 'inventory',
          migrations,
        }),
        OutboxModule.forService({ producer: 'inventory' }),
      ],
      controllers: [InventoryGrpc],
      providers: [
        { provide: CONFIG, useValue: config },
        Reservations,
        HoldStock,
        AmendReservation,
        ReserveStock,
        ReleaseStock,
        ShipStock,
        ExpireHolds,
        SetStock,
        ListStock,
        AnnounceLevels,
      ],
    };
  }
}
