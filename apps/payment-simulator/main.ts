import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { paymentSimulatorConfig } from './config.js';
import { PaymentSimulatorModule } from './payment-simulator.module.js';

const config = loadConfig('payment-simulator', paymentSimulatorConfig);
await runService({ name: 'payment-simulator', module: PaymentSimulatorModule.forConfig(config), config });
