import { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { inventoryConfig } from './inventory.config.js';
import { InventoryModule } from './inventory.module.js';

const config = loadConfig('inventory', inventoryConfig);

await runService({
  name: 'inventory',
  config,
  module: InventoryModule.with(config),
  grpc: {
    listen: config.WAYBILL_GRPC_LISTEN,
    services: { 'waybill.inventory.v1.InventoryService': InventoryServiceService },
  },
});
