import type { Generated } from 'kysely';

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

export interface CatalogSchema {
  products: ProductsTable;
  availability: AvailabilityTable;
}
