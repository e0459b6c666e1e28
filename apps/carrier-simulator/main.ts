import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { carrierSimulatorConfig } from './carrier-simulator.config.js';
import { carrierSimulatorService } from './carrier-simulator.module.js';

await runService(carrierSimulatorService(loadConfig('carrier-simulator', carrierSimulatorConfig)));
