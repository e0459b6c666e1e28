import { Module, type DynamicModule } from '@nestjs/common';
import { OLD_INBOX_ROWS } from '#libs/messaging/inbox.js';
import { OutboxModule } from '#libs/messaging/outbox.module.js';
import { IdempotencyModule } from '#libs/idempotency/idempotency.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { TokenVerifier } from '#libs/security/tokens.js';
import type { CatalogConfig } from './catalog.config.js';
import { CatalogGrpc } from './catalog.grpc.js';
import { ChangeProduct } from './change-product/change-product.js';
import { FindProduct } from './find-product/find-product.js';
import { FollowAvailability } from './follow-availability/follow-availability.js';
import { StockLevelsController } from './follow-availability/stock-levels.controller.js';
import { ListProducts } from './list-products/list-products.js';
import { migrations } from './migrations/index.js';
import { PriceLines } from './price-lines/price-lines.js';
import { RecommendProducts } from './recommend-products/recommend-products.js';
import { PurchasesController } from './remember-purchases/purchases.controller.js';
import { RememberPurchases } from './remember-purchases/remember-purchases.js';

/** For longer than they make a product popular. */
const SALES_KEPT_DAYS = 60;

@Module({})
export class CatalogModule {
  static with(config: CatalogConfig): DynamicModule {
    const tokens = new TokenVerifier({ jwksUrl: config.WAYBILL_JWKS_URL, issuer: config.WAYBILL_TOKEN_ISSUER });
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
        IdempotencyModule.forService(config),
        OutboxModule.forService({
          producer: 'catalog',
          amqpUrl: config.WAYBILL_AMQP_URL,
          databaseUrl: config.WAYBILL_DATABASE_URL,
        }),
        ForgetOldRowsModule.forTable({ table: 'daily_sales', column: 'day', days: SALES_KEPT_DAYS }),
        ForgetOldRowsModule.forTable(OLD_INBOX_ROWS),
      ],
      controllers: [CatalogGrpc, StockLevelsController, PurchasesController],
      providers: [
        { provide: TokenVerifier, useValue: tokens },
        IdentifyCaller,
        ListProducts,
        FindProduct,
        PriceLines,
        ChangeProduct,
        FollowAvailability,
        RememberPurchases,
        RecommendProducts,
      ],
    };
  }
}
