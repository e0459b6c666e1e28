import { ShippingServiceService } from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { shippingConfig } from './shipping.config.js';
import { ShippingModule } from './shipping.module.js';

const config = loadConfig('shipping', shippingConfig);

await runService({
  name: 'shipping',
  module: ShippingModule.with(config),
  config,
  grpc: {
    listen: config.WAYBILL_GRPC_LISTEN,
    services: { 'waybill.shipping.v1.ShippingService': ShippingServiceService },
  },
});
