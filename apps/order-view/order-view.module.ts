import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { IdempotencyModule } from '#libs/idempotency/idempotency.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { TokenVerifier } from '#libs/security/tokens.js';
import { Generations } from './generations/generations.js';
import { ReadGeneration } from './generations/read-generation.js';
import { GetSales } from './get-sales/get-sales.js';
import { GetTimeline } from './get-timeline/get-timeline.js';
import { ListOrders } from './list-orders/list-orders.js';
import { ListProjections } from './list-projections/list-projections.js';
import { migrations } from './migrations/index.js';
import { CONFIG, type OrderViewConfig } from './order-view.config.js';
import { OrderViewGrpc } from './order-view.grpc.js';
import { ORDER_LOG, orderLogClient, type OrderLog } from './peers.js';
import { CompareWithLog } from './project-events/compare-with-log.js';
import { Projector } from './project-events/projector.js';
import { StandingPartitions } from './project-events/standing-partitions.js';
import { ReadOrderLog } from './read-log/read-order-log.js';
import { RebuildProjection } from './rebuild-projection/rebuild-projection.js';
import { Rebuilder } from './rebuild-projection/rebuilder.js';

@Module({})
export class OrderViewModule implements OnApplicationShutdown {
  constructor(@Inject(ORDER_LOG) private readonly log: OrderLog) {}

  static with(config: OrderViewConfig): DynamicModule {
    const tokens = new TokenVerifier({ jwksUrl: config.WAYBILL_JWKS_URL, issuer: config.WAYBILL_TOKEN_ISSUER });
    return {
      module: OrderViewModule,
      imports: [
        DatabaseModule.forService({
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          name: 'order-view',
          migrations,
        }),
        IdempotencyModule.forService(config),
      ],
      controllers: [OrderViewGrpc],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: TokenVerifier, useValue: tokens },
        { provide: ORDER_LOG, useFactory: () => orderLogClient(config) },
        IdentifyCaller,
        Generations,
        ReadGeneration,
        ReadOrderLog,
        CompareWithLog,
        Projector,
        StandingPartitions,
        Rebuilder,
        ListOrders,
        GetTimeline,
        GetSales,
        ListProjections,
        RebuildProjection,
      ],
    };
  }

  onApplicationShutdown(): void {
    this.log.close();
  }
}
