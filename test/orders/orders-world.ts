import { CatalogServiceService } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { createService } from '#libs/kernel/run-service.js';
import { freePort } from '#libs/testing/free-port.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { catalogConfig } from '../../apps/catalog/catalog.config.js';
import { CatalogModule } from '../../apps/catalog/catalog.module.js';
import { migrations as catalogMigrations } from '../../apps/catalog/migrations/index.js';
import { inventoryConfig } from '../../apps/inventory/inventory.config.js';
import { InventoryModule } from '../../apps/inventory/inventory.module.js';
import { migrations as inventoryMigrations } from '../../apps/inventory/migrations/index.js';
import type { InventorySchema } from '../../apps/inventory/schema.js';
import { ordersFixture, type OrdersFixture } from '../../apps/orders/testing/orders-fixture.js';

export interface OrdersWorld {
  /** Two processes of orders. */
  readonly orders: OrdersFixture;
  readonly stock: TestDatabase<InventorySchema>;
  stop(): Promise<void>;
}

/** Nobody listens there: what is sent stays in the outboxes. */
const NO_BROKER = 'amqp://127.0.0.1:1';

/** Orders with the real inventory and the real catalogue, each on a database of its own. */
export async function ordersWorld(): Promise<OrdersWorld> {
  const [stock, products] = await Promise.all([
    testDatabase<InventorySchema>(inventoryMigrations),
    testDatabase<unknown>(catalogMigrations),
  ]);
  const inventory = await startInventory(stock.url);
  const catalog = await startCatalog(products.url);
  const orders = await ordersFixture({
    replicas: 2,
    settings: { WAYBILL_INVENTORY_ADDRESS: inventory.address, WAYBILL_CATALOG_ADDRESS: catalog.address },
  });
  const stop = async (): Promise<void> => {
    await orders.close();
    await Promise.all([inventory.app.close(), catalog.app.close()]);
    await Promise.all([stock.drop(), products.drop()]);
  };
  return { orders, stock, stop };
}

async function startInventory(databaseUrl: string) {
  const address = `127.0.0.1:${await freePort()}`;
  const config = inventoryConfig.parse(settings(address, databaseUrl));
  // Where its outbox looks for what it is not given.
  Object.assign(process.env, { WAYBILL_DATABASE_URL: databaseUrl, WAYBILL_AMQP_URL: NO_BROKER });
  const services = { 'waybill.inventory.v1.InventoryService': InventoryServiceService };
  const module = InventoryModule.with(config);
  return {
    address,
    app: await createService({ name: 'inventory', config, module, grpc: { listen: address, services } }),
  };
}

async function startCatalog(databaseUrl: string) {
  const address = `127.0.0.1:${await freePort()}`;
  const config = catalogConfig.parse(settings(address, databaseUrl));
  const services = { 'waybill.catalog.v1.CatalogService': CatalogServiceService };
  const module = CatalogModule.with(config);
  return {
    address,
    app: await createService({ name: 'catalog', config, module, grpc: { listen: address, services } }),
  };
}

function settings(grpc: string, databaseUrl: string) {
  return {
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_GRPC_LISTEN: grpc,
    WAYBILL_DATABASE_URL: databaseUrl,
    WAYBILL_AMQP_URL: NO_BROKER,
    WAYBILL_JWKS_URL: 'http://127.0.0.1:1/jwks.json',
    WAYBILL_TOKEN_ISSUER: 'nobody',
  };
}
