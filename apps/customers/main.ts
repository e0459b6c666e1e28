import { CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { customersConfig } from './customers.config.js';
import { CustomersModule } from './customers.module.js';

const config = loadConfig('customers', customersConfig);

await runService({
  name: 'customers',
  config,
  module: CustomersModule.with(config),
  grpc: {
    listen: config.WAYBILL_GRPC_LISTEN,
    services: { 'waybill.customers.v1.CustomerService': CustomerServiceService },
  },
});
