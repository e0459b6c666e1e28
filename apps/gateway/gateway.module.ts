import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { TokenVerifier } from '#libs/security/tokens.js';
import { AmendOrderController } from './amend-order/amend-order.controller.js';
import { ProblemFilter } from './answer-problems/problem.filter.js';
import { BROKER, FollowPrices } from './browse-products/follow-prices.js';
import { ProductCache } from './browse-products/product-cache.js';
import { BulkUpdateController } from './bulk-update/bulk-update.controller.js';
import { ProductsController } from './browse-products/products.controller.js';
import { InvoicesController } from './read-invoices/invoices.controller.js';
import { CancelOrderController } from './cancel-order/cancel-order.controller.js';
import { DocsController } from './describe-api/docs.controller.js';
import { WebhooksController } from './receive-webhooks/webhooks.controller.js';
import { EventClients } from './follow-orders/event-clients.js';
import { OrderEventsController } from './follow-orders/order-events.controller.js';
import { CONFIG, type GatewayConfig } from './gateway.config.js';
import { DeadLettersController } from './operate-system/dead-letters.controller.js';
import { SystemController } from './operate-system/system.controller.js';
import { PeersModule } from './peers.module.js';
import { PlaceOrderController } from './place-order/place-order.controller.js';
import { AskBreakers } from './operate-resilience/ask-breakers.js';
import { ResilienceController } from './operate-resilience/resilience.controller.js';
import { ProjectionsController } from './operate-projections/projections.controller.js';
import { AskOrderView } from './read-orders/ask-order-view.js';
import { OrdersController } from './read-orders/orders.controller.js';
import { SeenOrders } from './read-orders/seen-orders.js';
import { LimitAddresses } from './limit-rates/limit-addresses.js';
import { LimitRatesGuard } from './limit-rates/limit-rates.guard.js';
import { RateLimits } from './limit-rates/rate-limits.js';
import { AuditController } from './record-actions/audit.controller.js';
import { RecordActionsInterceptor } from './record-actions/record-actions.interceptor.js';
import { ComposeDashboard } from './show-dashboard/compose-dashboard.js';
import { DashboardController } from './show-dashboard/dashboard.controller.js';
import { PopularProducts } from './show-dashboard/popular-products.js';
import { RefuseOverload } from './refuse-overload/refuse-overload.js';
import { AuthenticateGuard } from './serve-operations/authenticate.guard.js';

/** The edge: it authenticates, validates and translates. It decides nothing about orders and keeps nothing. */
@Module({})
export class GatewayModule {
  static forConfig(config: GatewayConfig): DynamicModule {
    const { WAYBILL_PRODUCT_FRESH_MS: freshMs, WAYBILL_PRODUCT_MAX_AGE_MS: maxAgeMs } = config;
    const tokens = new TokenVerifier({ jwksUrl: config.WAYBILL_JWKS_URL, issuer: config.WAYBILL_TOKEN_ISSUER });
    return {
      module: GatewayModule,
      imports: [PeersModule.forConfig(config)],
      controllers: [
        PlaceOrderController,
        OrdersController,
        OrderEventsController,
        CancelOrderController,
        InvoicesController,
        AmendOrderController,
        BulkUpdateController,
        ProductsController,
        WebhooksController,
        DeadLettersController,
        SystemController,
        AuditController,
        ProjectionsController,
        ResilienceController,
        DashboardController,
        DocsController,
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        EventClients,
        AskOrderView,
        AskBreakers,
        ComposeDashboard,
        PopularProducts,
        SeenOrders,
        { provide: TokenVerifier, useValue: tokens },
        { provide: ProductCache, useValue: new ProductCache({ freshMs, maxAgeMs }) },
        { provide: BROKER, useValue: config.WAYBILL_AMQP_URL },
        FollowPrices,
        { provide: RateLimits, useValue: new RateLimits(config) },
        // Before anything else is done for a request.
        RefuseOverload,
        LimitAddresses,
        { provide: APP_GUARD, useClass: AuthenticateGuard },
        { provide: APP_GUARD, useClass: LimitRatesGuard },
        { provide: APP_INTERCEPTOR, useClass: RecordActionsInterceptor },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
