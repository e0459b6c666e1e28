import { OrderViewServiceService } from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { orderViewConfig } from './order-view.config.js';
import { OrderViewModule } from './order-view.module.js';

const config = loadConfig('order-view', orderViewConfig);

await runService({
  name: 'order-view',
  config,
  module: OrderViewModule.with(config),
  grpc: {
    listen: config.WAYBILL_GRPC_LISTEN,
    services: { 'waybill.orderview.v1.OrderViewService': OrderViewServiceService },
  },
});
