import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { billingConfig } from './billing.config.js';
import { billingService } from './billing.module.js';

await runService(billingService(loadConfig('billing', billingConfig)));
