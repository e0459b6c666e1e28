import { CatalogServiceService } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { AmqpServer } from '#libs/messaging/amqp-server.js';
import { catalogConfig } from './catalog.config.js';
import { CatalogModule } from './catalog.module.js';

const config = loadConfig('catalog', catalogConfig);

await runService({
  name: 'catalog',
  config,
  module: CatalogModule.with(config),
  grpc: {
    listen: config.WAYBILL_GRPC_LISTEN,
    services: { 'waybill.catalog.v1.CatalogService': CatalogServiceService },
  },
  amqp: () => new AmqpServer({ url: config.WAYBILL_AMQP_URL, name: 'catalog' }),
});
