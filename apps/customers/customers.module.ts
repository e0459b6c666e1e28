import { Module, type DynamicModule } from '@nestjs/common';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import type { CustomersConfig } from './customers.config.js';
import { CustomersGrpc } from './customers.grpc.js';
import { FindCustomer } from './find-customer/find-customer.js';
import { migrations } from './migrations/index.js';

@Module({})
export class CustomersModule {
  static with(config: CustomersConfig): DynamicModule {
    return {
      module: CustomersModule,
      imports: [
        DatabaseModule.forService({
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          name: 'customers',
          migrations,
        }),
      ],
      controllers: [CustomersGrpc],
      providers: [FindCustomer],
    };
  }
}
