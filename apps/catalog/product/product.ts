import { sql, type Kysely } from 'kysely';
import type { Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import type { CatalogSchema } from '../schema.js';

/** Products with what is available of each over all warehouses. */
export function selectProducts(db: Kysely<CatalogSchema>) {
  return db.selectFrom('products').select((select) => [
    'products.sku',
    'name',
    'price',
    'currency',
    select
      .selectFrom('availability')
      .whereRef('availability.sku', '=', 'products.sku')
      .select(sql<number>`coalesce(sum(available), 0)::int`.as('available'))
      .$asScalar()
      .$notNull()
      .as('available'),
  ]);
}

interface ProductRow {
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly available: number;
}

export function product({ sku, name, price, currency, available }: ProductRow): Product {
  return { sku, name, price: { amount: price, currency }, available };
}
