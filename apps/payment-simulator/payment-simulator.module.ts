import { Module, type DynamicModule } from '@nestjs/common';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { CONFIG, type PaymentSimulatorConfig } from './config.js';
import { ConfirmIntent } from './confirm-intent/confirm-intent.js';
import { Faults } from './inject-faults/faults.js';
import { migrations } from './migrations/index.js';
import { SimulatorController, StripeApiController } from './payment-simulator.http.js';
import { RefundCharge } from './refund-charge/refund-charge.js';
import { SendWebhooks } from './send-webhooks/send-webhooks.js';
import { WebhookEvents } from './send-webhooks/webhook-events.js';
import { ApiKeyGuard } from './stripe-api/api-key.guard.js';
import { IdempotentRequests } from './stripe-api/idempotent-requests.js';
import { StripeReplyInterceptor } from './stripe-api/stripe-reply.interceptor.js';

/** A payment provider: Stripe's API over HTTP, a ledger of its own, signed webhooks. */
@Module({})
export class PaymentSimulatorModule {
  static forConfig(config: PaymentSimulatorConfig): DynamicModule {
    return {
      module: PaymentSimulatorModule,
      imports: [
        DatabaseModule.forService({
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          name: 'payment-simulator',
          migrations,
        }),
      ],
      controllers: [StripeApiController, SimulatorController],
      providers: [
        { provide: CONFIG, useValue: config },
        IdempotentRequests,
        ApiKeyGuard,
        StripeReplyInterceptor,
        ConfirmIntent,
        RefundCharge,
        WebhookEvents,
        SendWebhooks,
        Faults,
      ],
    };
  }
}
