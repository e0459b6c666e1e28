import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { carrierSimulatorConfig } from './carrier-simulator.config.js';
import { CarrierSimulatorModule } from './carrier-simulator.module.js';

const config = loadConfig('carrier-simulator', carrierSimulatorConfig);

await runService({ name: 'carrier-simulator', module: CarrierSimulatorModule.with(config), config });
