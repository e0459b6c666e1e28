import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { edgeAdapter, edgeLimits } from './accept-requests/edge-adapter.js';
import { gatewayConfig } from './gateway.config.js';
import { GatewayModule } from './gateway.module.js';

const config = loadConfig('gateway', gatewayConfig);
const adapter = edgeAdapter(edgeLimits(config));
await runService({ name: 'gateway', module: GatewayModule.forConfig(config), config, http: { adapter } });
