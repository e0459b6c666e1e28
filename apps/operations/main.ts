import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { operationsConfig } from './operations.config.js';
import { OperationsModule, SERVICES } from './operations.module.js';

const config = loadConfig('operations', operationsConfig);

await runService({
  name: 'operations',
  config,
  module: OperationsModule.with(config),
  grpc: { listen: config.WAYBILL_GRPC_LISTEN, services: SERVICES },
});
