import { PaymentServiceService } from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { paymentsConfig } from './config.js';
import { PaymentsModule } from './payments.module.js';

const config = loadConfig('payments', paymentsConfig);
await runService({
  name: 'payments',
  module: PaymentsModule.forConfig(config),
  config,
  grpc: {
    listen: config.WAYBILL_GRPC_LISTEN,
    services: { 'waybill.payments.v1.PaymentService': PaymentServiceService },
  },
});
