import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import type { InventorySchema } from '../schema.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { stockLevel, type StockLevel } from './stock-level.js';

export interface ListStockQuery {
  /** Empty: all. */
  readonly skus: readonly string[];
  /** Empty: from the start. */
  readonly cursor: string;
  readonly limit: number;
}

export interface StockPage {
  readonly items: StockLevel[];
  /** Empty on the last page. */
  readonly nextCursor: string;
}

/** The stock rows in the order of SKU and warehouse, a page at a time. */
@Injectable()
export class ListStock {
  constructor(@Inject(DATABASE) private readonly db: Kysely<InventorySchema>) {}

  /** @throws WaybillError INVALID_REQUEST for a cursor that is none of ours. */
  async execute({ skus, cursor, limit }: ListStockQuery): Promise<StockPage> {
    const after = decodeCursor(cursor);
    const rows = await this.db
      .selectFrom('stock')
      .selectAll()
      .$if(skus.length > 0, (query) => query.where('sku', '=', sql<string>`any(${skus}::text[])`))
      .$if(after !== undefined, (query) =>
        query.where(sql<boolean>`(sku, warehouse) > (${after?.sku}, ${after?.warehouse})`),
      )
      .orderBy('sku')
      .orderBy('warehouse')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { items: page.map(stockLevel), nextCursor: last ? encodeCursor(last) : '' };
  }
}
