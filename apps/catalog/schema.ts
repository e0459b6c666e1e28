export interface ProductsTable {
  sku: string;
  name: string;
  /** Smallest unit of `currency`. */
  price: number;
  currency: string;
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
