import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { BillingServiceService } from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import { CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { Resilience } from '#libs/resilience/resilience.js';
import type { ServiceOptions } from '#libs/kernel/run-service.js';
import { AmqpServer } from '#libs/messaging/amqp-server.js';
import { OLD_INBOX_ROWS } from '#libs/messaging/inbox.js';
import { OutboxModule } from '#libs/messaging/outbox.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { TokenVerifier } from '#libs/security/tokens.js';
import { CONFIG, type BillingConfig } from './billing.config.js';
import { BillingGrpc } from './billing.grpc.js';
import { BillingEventsController } from './follow-events/billing-events.controller.js';
import { RememberEvents } from './follow-events/remember-events.js';
import { Calendar } from './issue-documents/calendar.js';
import type { Seller } from './issue-documents/document.js';
import { CUSTOMERS, FindRecipient, type Customers } from './issue-documents/find-recipient.js';
import { IssueDocuments, SELLER } from './issue-documents/issue-documents.js';
import { migrations } from './migrations/index.js';
import { ReadDocuments } from './read-documents/read-documents.js';

/** Invoices what was captured and credits what was refunded. Follows the events, and can fail no order. */
@Module({})
export class BillingModule implements OnApplicationShutdown {
  constructor(@Inject(CUSTOMERS) private readonly customers: Customers) {}

  static forConfig(config: BillingConfig): DynamicModule {
    const tokens = new TokenVerifier({ jwksUrl: config.WAYBILL_JWKS_URL, issuer: config.WAYBILL_TOKEN_ISSUER });
    return {
      module: BillingModule,
      imports: [
        DatabaseModule.forService({
          name: 'billing',
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          migrations,
        }),
        OutboxModule.forService({
          producer: 'billing',
          amqpUrl: config.WAYBILL_AMQP_URL,
          databaseUrl: config.WAYBILL_DATABASE_URL,
        }),
        ForgetOldRowsModule.forTable(OLD_INBOX_ROWS),
      ],
      controllers: [BillingEventsController, BillingGrpc],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: TokenVerifier, useValue: tokens },
        { provide: SELLER, useValue: sellerOf(config) },
        { provide: Calendar, useValue: new Calendar(config.WAYBILL_SELLER_TIME_ZONE) },
        { provide: CUSTOMERS, useFactory: () => customersClient(config) },
        RememberEvents,
        FindRecipient,
        IssueDocuments,
        IdentifyCaller,
        ReadDocuments,
      ],
    };
  }

  onApplicationShutdown(): void {
    this.customers.close();
  }
}

/** The service as it runs. */
export function billingService(config: BillingConfig): ServiceOptions {
  return {
    name: 'billing',
    module: BillingModule.forConfig(config),
    config,
    grpc: {
      listen: config.WAYBILL_GRPC_LISTEN,
      services: { 'waybill.billing.v1.BillingService': BillingServiceService },
    },
    amqp: () => new AmqpServer({ url: config.WAYBILL_AMQP_URL, name: 'billing' }),
  };
}

function sellerOf(config: BillingConfig): Seller {
  return {
    name: config.WAYBILL_SELLER_NAME,
    address: config.WAYBILL_SELLER_ADDRESS.split(';').map((line) => line.trim()),
    taxId: config.WAYBILL_SELLER_TAX_ID,
    email: config.WAYBILL_SELLER_EMAIL,
    taxNote: config.WAYBILL_SELLER_TAX_NOTE,
  };
}

function customersClient(config: BillingConfig): Customers {
  const resilience = new Resilience('billing', config.WAYBILL_POLICIES);
  return resilience.client('customers', CustomerServiceService, config.WAYBILL_CUSTOMERS_ADDRESS);
}
