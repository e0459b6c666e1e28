import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import { product, selectProducts } from '../product/product.js';
import type { CatalogSchema } from '../schema.js';

@Injectable()
export class FindProduct {
  constructor(@Inject(DATABASE) private readonly db: Kysely<CatalogSchema>) {}

  /** @throws WaybillError NOT_FOUND */
  async execute(sku: string): Promise<Product> {
    const row = await selectProducts(this.db).where('products.sku', '=', sku).executeTakeFirst();
    if (row === undefined) throw new WaybillError('NOT_FOUND', 'There is no product with this SKU', { sku });
    return product(row);
  }
}
