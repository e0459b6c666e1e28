import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import type { Money } from '#libs/contracts/money.js';
import { WaybillError } from '#libs/kernel/errors.js';
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

/** Who asks, and under which key: the same request again gets the same answer, and changes nothing more. */
export interface ChangeRequest {
  readonly operator: string;
  readonly key: string;
}

/** Changes a product. Answer, change and event share one transaction; orders that were placed keep the price they were placed at. */
@Injectable()
export class ChangeProduct {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<CatalogSchema>,
    @Inject(OutboxRelay) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  /** @throws WaybillError NOT_FOUND, INVALID_REQUEST for another currency, IDEMPOTENCY_KEY_REUSED */
  async execute(request: ChangeRequest, change: ProductChange): Promise<Product> {
    const changed = await this.db.transaction().execute(async (trx) => {
      const answered = await claim(trx, request, fingerprintOf(change));
      if (answered !== undefined) return answered;
      const now = await apply(trx, change);
      await trx
        .updateTable('product_changes')
        .set({ answer: JSON.stringify(now) })
        .where('operator', '=', request.operator)
        .where('key', '=', request.key)
        .execute();
      logger().info({ ...change, operator: request.operator }, 'product changed');
      return now;
    });
    this.relay.wake();
    return changed;
  }
}

/** Takes the key, or gives what was answered under it. Whoever comes with the same key meanwhile waits for the end of this transaction. */
async function claim(
  trx: Kysely<CatalogSchema>,
  { operator, key }: ChangeRequest,
  fingerprint: string,
): Promise<Product | undefined> {
  const taken = await trx
    .insertInto('product_changes')
    .values({ operator, key, fingerprint, answer: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  if (taken !== undefined) return undefined;
  const before = await trx
    .selectFrom('product_changes')
    .select(['fingerprint', 'answer'])
    .where('operator', '=', operator)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (before.fingerprint !== fingerprint)
    throw new WaybillError('IDEMPOTENCY_KEY_REUSED', 'This key was used for another change: choose a new one.');
  return before.answer ?? undefined;
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

function fingerprintOf({ sku, price, name }: ProductChange): string {
  const canonical = [sku, price === undefined ? null : [price.amount, price.currency], name ?? null];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('base64url');
}
