import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { shippingConfig } from './shipping.config.js';
import { shippingService } from './shipping.module.js';

await runService(shippingService(loadConfig('shipping', shippingConfig)));
