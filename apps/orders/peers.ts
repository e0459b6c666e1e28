import { CatalogServiceService } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import type { OrdersConfig } from './orders.config.js';

export type Catalog = GrpcClient<typeof CatalogServiceService>;
export type Inventory = GrpcClient<typeof InventoryServiceService>;

/** Injection tokens. */
export const CATALOG = Symbol('catalog');
export const INVENTORY = Symbol('inventory');

export function catalogClient(config: OrdersConfig): Catalog {
  return grpcClient(CatalogServiceService, config.WAYBILL_CATALOG_ADDRESS, { retried: ['priceLines'] });
}

/** A hold is repeated under the order's own id: it is the same hold. */
export function inventoryClient(config: OrdersConfig): Inventory {
  return grpcClient(InventoryServiceService, config.WAYBILL_INVENTORY_ADDRESS, { retried: ['hold'] });
}
