import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { ordersConfig } from './orders.config.js';
import { OrdersModule, SERVICES } from './orders.module.js';

const config = loadConfig('orders', ordersConfig);

await runService({
  name: 'orders',
  config,
  module: OrdersModule.with(config),
  grpc: { listen: config.WAYBILL_GRPC_LISTEN, services: SERVICES },
});
