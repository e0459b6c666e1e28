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

/** What a customer has bought, and when last. */
export interface PurchasesTable {
  customer_id: string;
  sku: string;
  last_at: Date;
}

/** In how many orders two products were together; each pair both ways. */
export interface BoughtTogetherTable {
  sku: string;
  other: string;
  times: number;
}

export interface DailySalesTable {
  day: string;
  sku: string;
  orders: number;
}

export interface CatalogSchema {
  products: ProductsTable;
  availability: AvailabilityTable;
  purchases: PurchasesTable;
  bought_together: BoughtTogetherTable;
  daily_sales: DailySalesTable;
}
