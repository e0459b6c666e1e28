import { Module, type DynamicModule } from '@nestjs/common';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import type { CatalogConfig } from './catalog.config.js';
import { CatalogGrpc } from './catalog.grpc.js';
import { FindProduct } from './find-product/find-product.js';
import { FollowAvailability } from './follow-availability/follow-availability.js';
import { StockLevelsController } from './follow-availability/stock-levels.controller.js';
import { ListProducts } from './list-products/list-products.js';
import { migrations } from './migrations/index.js';
import { PriceLines } from './price-lines/price-lines.js';

@Module({})
export class CatalogModule {
  static with(config: CatalogConfig): DynamicModule {
    return {
      module: CatalogModule,
      imports: [
        DatabaseModule.forService({
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          name: 'catalog',
          migrations,
        }),
      ],
      controllers: [CatalogGrpc, StockLevelsController],
      providers: [ListProducts, FindProduct, PriceLines, FollowAvailability],
    };
  }
}
