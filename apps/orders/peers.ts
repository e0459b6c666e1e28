import { CatalogServiceService } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import type { Resilience, ResilientClient } from '#libs/resilience/resilience.js';
import type { OrdersConfig } from './orders.config.js';

export type Catalog = ResilientClient<'orders', 'catalog', typeof CatalogServiceService>;
export type Inventory = ResilientClient<'orders', 'inventory', typeof InventoryServiceService>;

/** Injection tokens. */
export const CATALOG = Symbol('catalog');
export const INVENTORY = Symbol('inventory');

export function catalogClient(resilience: Resilience<'orders'>, config: OrdersConfig): Catalog {
  return resilience.client('catalog', CatalogServiceService, config.WAYBILL_CATALOG_ADDRESS);
}

export function inventoryClient(resilience: Resilience<'orders'>, config: OrdersConfig): Inventory {
  return resilience.client('inventory', InventoryServiceService, config.WAYBILL_INVENTORY_ADDRESS);
}
