import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { OrderLogServiceService } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import {
  OrderProgressServiceService,
  OrderServiceService,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { OutboxModule } from '#libs/messaging/outbox.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { Resilience } from '#libs/resilience/resilience.js';
import { TokenVerifier } from '#libs/security/tokens.js';
import { AmendOrder } from './amend-order/amend-order.js';
import { AcceptOrRefuse } from './bound-accepting/accept-or-refuse.js';
import { BulkUpdate } from './bulk-update/bulk-update.js';
import { CancelOrder } from './cancel-order/cancel-order.js';
import { AwaitDecision } from './command-order/await-decision.js';
import { ClaimCommand } from './command-order/claim-command.js';
import { CommandOrder } from './command-order/command-order.js';
import { ForgetAnswers } from './forget-answers/forget-answers.js';
import { GetOrder } from './get-order/get-order.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { ListOrders } from './list-orders/list-orders.js';
import { migrations } from './migrations/index.js';
import { OrderHistory } from './order-log/order-history.js';
import { OrderStore } from './order-log/order-store.js';
import { OrderLogGrpc } from './order-log.grpc.js';
import { OrderProgressGrpc } from './order-progress.grpc.js';
import { CONFIG, type OrdersConfig } from './orders.config.js';
import { OrdersGrpc } from './orders.grpc.js';
import { CATALOG, catalogClient, INVENTORY, inventoryClient, type Catalog, type Inventory } from './peers.js';
import { Claims } from './place-order/claims.js';
import { PlaceOrder } from './place-order/place-order.js';
import { PriceLines } from './place-order/price-lines.js';
import { RecordPlaced } from './place-order/record-placed.js';
import { ListHeads } from './read-log/list-heads.js';
import { ReadLog } from './read-log/read-log.js';
import { ReadTimeline } from './read-timeline/read-timeline.js';
import { RecordProgress } from './record-progress/record-progress.js';
import { StreamUpdates } from './stream-updates/stream-updates.js';
import { OrderChanges } from './watch-changes/order-changes.js';

/** What this service serves, by full name. */
export const SERVICES = {
  'waybill.orders.v1.OrderService': OrderServiceService,
  'waybill.orders.v1.OrderProgressService': OrderProgressServiceService,
  'waybill.orders.v1.OrderLogService': OrderLogServiceService,
};

@Module({})
export class OrdersModule implements OnApplicationShutdown {
  constructor(
    @Inject(CATALOG) private readonly catalog: Catalog,
    @Inject(INVENTORY) private readonly inventory: Inventory,
  ) {}

  static with(config: OrdersConfig): DynamicModule {
    const resilience = new Resilience('orders', config.WAYBILL_POLICIES);
    const tokens = new TokenVerifier({ jwksUrl: config.WAYBILL_JWKS_URL, issuer: config.WAYBILL_TOKEN_ISSUER });
    return {
      module: OrdersModule,
      imports: [
        DatabaseModule.forService({
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          name: 'orders',
          migrations,
        }),
        OutboxModule.forService({
          producer: 'orders',
          amqpUrl: config.WAYBILL_AMQP_URL,
          databaseUrl: config.WAYBILL_DATABASE_URL,
        }),
      ],
      controllers: [OrdersGrpc, OrderProgressGrpc, OrderLogGrpc],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: TokenVerifier, useValue: tokens },
        { provide: Resilience, useValue: resilience },
        { provide: CATALOG, useFactory: () => catalogClient(resilience, config) },
        { provide: INVENTORY, useFactory: () => inventoryClient(resilience, config) },
        IdentifyCaller,
        AcceptOrRefuse,
        PlaceOrder,
        Claims,
        PriceLines,
        RecordPlaced,
        OrderStore,
        OrderHistory,
        OrderChanges,
        RecordProgress,
        GetOrder,
        ListOrders,
        ReadTimeline,
        ReadLog,
        ListHeads,
        StreamUpdates,
        CancelOrder,
        AmendOrder,
        BulkUpdate,
        CommandOrder,
        ClaimCommand,
        AwaitDecision,
        ForgetAnswers,
      ],
    };
  }

  onApplicationShutdown(): void {
    this.catalog.close();
    this.inventory.close();
  }
}
