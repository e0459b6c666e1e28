import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { ListProductsResponse } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import { product, selectProducts } from '../product/product.js';
import type { CatalogSchema } from '../schema.js';

const SKU = /^[\x20-\x7e]{1,64}$/;

/** The catalogue in the order of SKUs, a page at a time. A cursor is the page's last SKU, encoded. */
@Injectable()
export class ListProducts {
  constructor(@Inject(DATABASE) private readonly db: Kysely<CatalogSchema>) {}

  /** @throws WaybillError INVALID_REQUEST for a cursor that is none of ours. */
  async execute({ cursor, limit }: { cursor: string; limit: number }): Promise<ListProductsResponse> {
    const rows = await selectProducts(this.db)
      .$if(cursor !== '', (query) => query.where('products.sku', '>', decode(cursor)))
      .orderBy('products.sku')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { items: page.map(product), nextCursor: last === undefined ? '' : encode(last.sku) };
  }
}

function encode(sku: string): string {
  return Buffer.from(sku).toString('base64url');
}

function decode(cursor: string): string {
  const sku = Buffer.from(cursor, 'base64url').toString();
  if (!SKU.test(sku)) throw new WaybillError('INVALID_REQUEST', 'cursor: take the nextCursor of the page before');
  return sku;
}
