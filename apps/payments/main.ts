import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { paymentsConfig } from './config.js';
import { paymentsService } from './payments.module.js';

await runService(paymentsService(loadConfig('payments', paymentsConfig)));
