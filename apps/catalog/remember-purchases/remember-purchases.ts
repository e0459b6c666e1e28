import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import type { Envelope } from '#libs/messaging/envelope.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { CatalogSchema } from '../schema.js';

/** Of a long order: each product counts with each other one, so that pairs grow with the square. */
const PAIRED = 10;

/**
 * Remembers what was bought, by whom, and together with what. One statement, which does nothing when the event was here before:
 * whatever is recommended follows the orders a moment later, and never counts one twice.
 */
@Injectable()
export class RememberPurchases {
  constructor(@Inject(DATABASE) private readonly db: Kysely<CatalogSchema>) {}

  async execute({ id, occurredAt, data: { customerId, items } }: Envelope<'OrderConfirmed'>): Promise<void> {
    const skus = items.map(({ sku }) => sku);
    await sql`
      /* remember-purchases */ with received as (
        insert into inbox (consumer, event_id) values ('catalog-orders', ${id}) on conflict do nothing returning event_id
      ), bought as (
        select sku collate "C" as sku, place from unnest(${skus}::text[]) with ordinality as line(sku, place), received
      ), by_customer as (
        insert into purchases (customer_id, sku, last_at)
        select ${customerId}, sku, ${occurredAt}::timestamptz from bought order by sku
        on conflict (customer_id, sku) do update set last_at = greatest(purchases.last_at, excluded.last_at)
      ), by_day as (
        insert into daily_sales (day, sku, orders)
        select (${occurredAt}::timestamptz at time zone 'UTC')::date, sku, 1 from bought order by sku
        on conflict (day, sku) do update set orders = daily_sales.orders + 1
      )
      insert into bought_together (sku, other, times)
      select one.sku, other.sku, 1
      from bought one join bought other on one.sku <> other.sku
      where one.place <= ${PAIRED} and other.place <= ${PAIRED}
      order by 1, 2
      on conflict (sku, other) do update set times = bought_together.times + 1`.execute(this.db);
  }
}
