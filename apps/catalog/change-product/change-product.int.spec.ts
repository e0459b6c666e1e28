import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql, type Kysely } from 'kysely';
import { ChangeProductRequest, Product } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import { withCallContext } from '#libs/grpc/call-context.js';
import { AnswerOnce } from '#libs/idempotency/answer-once.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { FindProduct } from '../find-product/find-product.js';
import { migrations } from '../migrations/index.js';
import type { CatalogSchema } from '../schema.js';
import { ChangeProduct, type ProductChange } from './change-product.js';

let database: TestDatabase<CatalogSchema>;
let changing: ChangeProduct;
let once: AnswerOnce;
let keys = 0;

beforeAll(async () => {
  database = await testDatabase<CatalogSchema>(migrations);
  changing = new ChangeProduct(database.db, { wake: () => undefined });
  once = new AnswerOnce(database.db as unknown as Kysely<never>, { leaseMs: 10_000 });
});
beforeEach(async () => {
  await sql`truncate outbox`.execute(database.db);
});
afterAll(() => database.drop());

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const newKey = () => `key-${(keys += 1)}`;
/** As the service is called. */
const change = (idempotencyKey: string, wish: ProductChange): Promise<Product> => {
  const request = { price: undefined, name: undefined, ...wish };
  const call = {
    caller: 'operator-1',
    method: 'change',
    request,
    codecs: { request: ChangeProductRequest, answer: Product },
  };
  return withCallContext({ idempotencyKey }, () =>
    once.execute(call, (settle) => changing.execute('operator-1', wish, settle)),
  );
};
const shown = (sku: string) => new FindProduct(database.db).execute(sku);
const told = async (): Promise<Envelope<'ProductPriceChanged'>[]> => {
  const { rows } = await sql<{ envelope: string }>`select envelope from outbox order by seq`.execute(database.db);
  return rows.map(({ envelope }) => JSON.parse(envelope) as Envelope<'ProductPriceChanged'>);
};

describe('changing a product', () => {
  it('changes the price, and tells of it', async () => {
    const changed = await change(newKey(), { sku: 'MUG-ENAMEL', price: eur(1_390) });
    expect(changed).toMatchObject({ name: 'Enamel mug', price: eur(1_390) });
    expect(await shown('MUG-ENAMEL')).toEqual(changed);
    expect(await told()).toMatchObject([
      {
        type: 'ProductPriceChanged',
        subject: 'MUG-ENAMEL',
        sequence: 1,
        data: { sku: 'MUG-ENAMEL', price: eur(1_390) },
      },
    ]);
  });

  it('is done once per key, however many ask at once; later changes are not undone by a repeat', async () => {
    const request = newKey();
    const wish = { sku: 'TEAPOT-GLASS', price: eur(3_300) };
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => change(request, wish)));
    const refused = answers.filter((each) => each.status === 'rejected');
    expect(refused.every(({ reason }) => isWaybillError(reason, 'REQUEST_IN_FLIGHT'))).toBe(true);
    const served = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value.price?.amount] : []));
    expect(new Set(served)).toEqual(new Set([3_300]));
    await change(newKey(), { sku: 'TEAPOT-GLASS', price: eur(3_400) });
    await change(request, wish);
    expect(await shown('TEAPOT-GLASS')).toMatchObject({ price: eur(3_400) });
    expect((await told()).map(({ sequence, data }) => [sequence, data.price.amount])).toEqual([
      [1, 3_300],
      [2, 3_400],
    ]);
  });

  it('of the name alone, or to the price that it has, is no change of price', async () => {
    await change(newKey(), { sku: 'PEN-FOUNTAIN', name: 'Fountain pen, blue' });
    await change(newKey(), { sku: 'PEN-FOUNTAIN', price: eur(3_450) });
    expect(await shown('PEN-FOUNTAIN')).toMatchObject({ name: 'Fountain pen, blue', price: eur(3_450) });
    expect(await told()).toEqual([]);
  });

  it('is refused where it cannot be, and the key is free again', async () => {
    const request = newKey();
    await expect(change(request, { sku: 'NO-SUCH', price: eur(1) })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const dollars = { amount: 1, currency: 'USD' };
    await expect(change(request, { sku: 'MUG-ENAMEL', price: dollars })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    await change(request, { sku: 'SCALE-KITCHEN', price: eur(2_800) });
    await expect(change(request, { sku: 'SCALE-KITCHEN', price: eur(2_900) })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });
});
