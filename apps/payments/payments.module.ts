import { Module, type DynamicModule } from '@nestjs/common';
import { PaymentServiceService } from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import type { ServiceOptions } from '#libs/kernel/run-service.js';
import { OutboxModule } from '#libs/messaging/outbox.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import { Resilience } from '#libs/resilience/resilience.js';
import { ChargeOrder } from './charge-order/charge-order.js';
import { Charges } from './charges.js';
import { CONFIG, type PaymentsConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { PaymentsController } from './payments.grpc.js';
import { GuardedProvider } from './provider/guarded-provider.js';
import { PaymentProvider } from './provider/payment-provider.js';
import { StripeProvider } from './provider/stripe-provider.js';
import { PaymentEvents } from './receive-payment-webhook/payment-events.js';
import { ReceivePaymentWebhook } from './receive-payment-webhook/receive-payment-webhook.js';
import { ReconcileCharge } from './reconcile-charge/reconcile-charge.js';
import { SettleCharge } from './settle-charge/settle-charge.js';

/** The provider sends an event again for days, not for weeks. */
const EVENTS_KEPT_DAYS = 30;

/** Charges and their undo: one charge per order, never two, and none that outlives its settlement. */
@Module({})
export class PaymentsModule {
  static forConfig(config: PaymentsConfig): DynamicModule {
    const resilience = new Resilience('payments', config.WAYBILL_POLICIES);
    const stripe = new StripeProvider({
      apiKey: config.STRIPE_API_KEY,
      url: config.WAYBILL_PAYMENT_PROVIDER_URL,
      timeoutMs: resilience.guard('payment-provider', 'confirmIntent').policy.timeoutMs,
    });
    return {
      module: PaymentsModule,
      imports: [
        DatabaseModule.forService({
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          name: 'payments',
          migrations,
        }),
        OutboxModule.forService({
          producer: 'payments',
          amqpUrl: config.WAYBILL_AMQP_URL,
          databaseUrl: config.WAYBILL_DATABASE_URL,
        }),
        ForgetOldRowsModule.forTable({ table: 'payment_events', column: 'received_at', days: EVENTS_KEPT_DAYS }),
      ],
      controllers: [PaymentsController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Resilience, useValue: resilience },
        { provide: PaymentProvider, useValue: new GuardedProvider(stripe, resilience) },
        Charges,
        ChargeOrder,
        SettleCharge,
        ReconcileCharge,
        PaymentEvents,
        ReceivePaymentWebhook,
      ],
    };
  }
}

/** The service as it runs. */
export function paymentsService(config: PaymentsConfig): ServiceOptions {
  return {
    name: 'payments',
    module: PaymentsModule.forConfig(config),
    config,
    grpc: {
      listen: config.WAYBILL_GRPC_LISTEN,
      services: { 'waybill.payments.v1.PaymentService': PaymentServiceService },
    },
  };
}
