import type { Generated, JSONColumnType } from 'kysely';
import type { Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';

export interface ProductsTable {
  sku: string;
  name: string;
  /** Smallest unit of `currency`. */
  price: number;
  currency: string;
  /** How often its price was changed. */
  price_changes: Generated<number>;
}

/** What inventory last said of a stock row. */
export interface AvailabilityTable {
  sku: string;
  warehouse: string;
  available: number;
  /** Of the StockLevelChanged that said so. */
  sequence: number;
}

/** What operators have changed, and what they were answered, by the key of the request. */
export interface ProductChangesTable {
  operator: string;
  key: string;
  fingerprint: string;
  answer: JSONColumnType<Product, string | null, string> | null;
  changed_at: Generated<Date>;
}

export interface CatalogSchema {
  products: ProductsTable;
  availability: AvailabilityTable;
  product_changes: ProductChangesTable;
}
