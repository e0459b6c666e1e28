import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import type { Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { DATABASE } from '#libs/persistence/database.js';
import { product, selectProducts } from '../product/product.js';
import type { CatalogSchema } from '../schema.js';

/** What a customer has bought last says most of what comes next. */
const REMEMBERED = 20;
const POPULAR_DAYS = 30;
/** To rank the catalogue reads all of it, and whoever places an order waits for the same connections: it is done once for all who ask. */
const RANKED_FOR_MS = 10_000;
const RANKED = 100;

/** What to show somebody who has not asked for anything: never what is sold out. */
@Injectable()
export class RecommendProducts {
  private ranking: Promise<readonly string[]> | undefined;
  private rankedAt = -Infinity;

  constructor(@Inject(DATABASE) private readonly db: Kysely<CatalogSchema>) {}

  /** Bought by others together with what this customer has bought; filled up with what is bought most. */
  async for(customerId: string, limit: number): Promise<Product[]> {
    const { rows } = await sql<{ sku: string }>`
      with mine as (
        select sku from purchases where customer_id = ${customerId} order by last_at desc limit ${REMEMBERED}
      )
      select other as sku from bought_together
      where sku in (select sku from mine) and other not in (select sku from mine)
      group by other order by sum(times) desc, other limit ${2 * limit}`.execute(this.db);
    const fitting = await this.available(rows.map(({ sku }) => sku));
    if (fitting.length >= limit) return fitting.slice(0, limit);
    const known = new Set(fitting.map(({ sku }) => sku));
    const others = (await this.popular(2 * limit)).filter(({ sku }) => !known.has(sku));
    return [...fitting, ...others].slice(0, limit);
  }

  /** What is bought most, of late; before anything is, the catalogue from its beginning. At most RANKED of them. */
  async popular(limit: number): Promise<Product[]> {
    return (await this.available(await this.ranked())).slice(0, limit);
  }

  private ranked(): Promise<readonly string[]> {
    if (this.ranking && Date.now() - this.rankedAt < RANKED_FOR_MS) return this.ranking;
    this.rankedAt = Date.now();
    this.ranking = this.rank();
    this.ranking.catch(() => (this.ranking = undefined)); // told to who asked; the next one asks anew
    return this.ranking;
  }

  private async rank(): Promise<readonly string[]> {
    const { rows } = await sql<{ sku: string }>`
      select products.sku from products
      left join daily_sales on daily_sales.sku = products.sku and day > current_date - ${POPULAR_DAYS}::int
      where exists (select from availability where availability.sku = products.sku and available > 0)
      group by products.sku order by coalesce(sum(orders), 0) desc, products.sku limit ${RANKED}`.execute(this.db);
    return rows.map(({ sku }) => sku);
  }

  /** In the order in which they are named. */
  private async available(skus: readonly string[]): Promise<Product[]> {
    if (skus.length === 0) return [];
    const rows = await selectProducts(this.db)
      .where('products.sku', '=', sql<string>`any(${skus}::text[])`)
      .execute();
    const found = new Map(rows.map((row) => [row.sku, product(row)]));
    return skus.flatMap((sku) => found.get(sku) ?? []).filter(({ available }) => available > 0);
  }
}
