import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import type { PriceLinesResponse } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { DATABASE } from '#libs/persistence/database.js';
import { product, selectProducts } from '../product/product.js';
import type { CatalogSchema } from '../schema.js';

/** The prices of an order's lines, in one statement however many there are. */
@Injectable()
export class PriceLines {
  constructor(@Inject(DATABASE) private readonly db: Kysely<CatalogSchema>) {}

  async execute(skus: readonly string[]): Promise<PriceLinesResponse> {
    const rows = await selectProducts(this.db)
      .where('products.sku', '=', sql<string>`any(${skus}::text[])`)
      .execute();
    const known = new Set(rows.map(({ sku }) => sku));
    return { products: rows.map(product), unknownSkus: skus.filter((sku) => !known.has(sku)) };
  }
}
