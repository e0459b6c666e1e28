import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import type { Money } from '#libs/contracts/money.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { Settle } from '#libs/idempotency/answer-once.js';
import { newEnvelope } from '#libs/messaging/envelope.js';
import { appendOutbox } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { product, selectProducts } from '../product/product.js';
import type { CatalogSchema } from '../schema.js';

/** What an operator wants of a product; what is left out stays. */
export interface ProductChange {
  readonly sku: string;
  readonly price?: Money | undefined;
  readonly name?: string | undefined;
}

/** Changes a product. Answer, change and event share one transaction; orders that were placed keep the price they were placed at. */
@Injectable()
export class ChangeProduct {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<CatalogSchema>,
    @Inject(OutboxRelay) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  /** @throws WaybillError NOT_FOUND, INVALID_REQUEST for another currency; what `settle` throws */
  async execute(operator: string, change: ProductChange, settle: Settle<Product>): Promise<Product> {
    const changed = await this.db.transaction().execute(async (trx) => {
      const now = await apply(trx, change);
      await settle(trx, now);
      return now;
    });
    logger().info({ ...change, operator }, 'product changed');
    this.relay.wake();
    return changed;
  }
}

async function apply(trx: Kysely<CatalogSchema>, { sku, price, name }: ProductChange): Promise<Product> {
  const before = await trx
    .selectFrom('products')
    .select(['price', 'currency', 'price_changes'])
    .where('sku', '=', sku)
    .forUpdate()
    .executeTakeFirst();
  if (before === undefined) throw new WaybillError('NOT_FOUND', 'There is no product with this SKU', { sku });
  if (price !== undefined && price.currency !== before.currency)
    throw new WaybillError('INVALID_REQUEST', `price.currency: it is sold in ${before.currency}`);
  const repriced = price !== undefined && price.amount !== before.price;
  const sequence = before.price_changes + (repriced ? 1 : 0);
  await trx
    .updateTable('products')
    .set({ price_changes: sequence, ...(price && { price: price.amount }), ...(name !== undefined && { name }) })
    .where('sku', '=', sku)
    .execute();
  if (repriced) {
    const data = { sku, price };
    const told = newEnvelope({ type: 'ProductPriceChanged', producer: 'catalog', subject: sku, sequence, data });
    await appendOutbox(trx, [{ lane: 'events', envelope: told }]);
  }
  return product(await selectProducts(trx).where('products.sku', '=', sku).executeTakeFirstOrThrow());
}
