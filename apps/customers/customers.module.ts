import { Module, type DynamicModule } from '@nestjs/common';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { TokenVerifier } from '#libs/security/tokens.js';
import type { CustomersConfig } from './customers.config.js';
import { CustomersGrpc } from './customers.grpc.js';
import { FindCustomer } from './find-customer/find-customer.js';
import { migrations } from './migrations/index.js';

@Module({})
export class CustomersModule {
  static with(config: CustomersConfig): DynamicModule {
    const tokens = new TokenVerifier({ jwksUrl: config.WAYBILL_JWKS_URL, issuer: config.WAYBILL_TOKEN_ISSUER });
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
      providers: [FindCustomer, IdentifyCaller, { provide: TokenVerifier, useValue: tokens }],
    };
  }
}
