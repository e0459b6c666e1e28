import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Envelope } from '#libs/messaging/envelope.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { FindProduct } from '../find-product/find-product.js';
import { migrations } from '../migrations/index.js';
import type { CatalogSchema } from '../schema.js';
import { ChangeProduct } from './change-product.js';

let database: TestDatabase<CatalogSchema>;
let changing: ChangeProduct;
let keys = 0;

beforeAll(async () => {
  database = await testDatabase<CatalogSchema>(migrations);
  changing = new ChangeProduct(database.db, { wake: () => undefined });
});
beforeEach(async () => {
  await sql`truncate outbox`.execute(database.db);
});
afterAll(() => database.drop());

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const newKey = () => ({ operator: 'operator-1', key: `key-${(keys += 1)}` });
const shown = (sku: string) => new FindProduct(database.db).execute(sku);
const told = async (): Promise<Envelope<'ProductPriceChanged'>[]> => {
  const { rows } = await sql<{ envelope: string }>`select envelope from outbox order by seq`.execute(database.db);
  return rows.map(({ envelope }) => JSON.parse(envelope) as Envelope<'ProductPriceChanged'>);
};

describe('changing a product', () => {
  it('changes the price, and tells of it', async () => {
    const changed = await changing.execute(newKey(), { sku: 'MUG-ENAMEL', price: eur(1_390) });
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
    const change = { sku: 'TEAPOT-GLASS', price: eur(3_300) };
    const answers = await Promise.all(Array.from({ length: 20 }, () => changing.execute(request, change)));
    expect(new Set(answers.map(({ price }) => price?.amount))).toEqual(new Set([3_300]));
    await changing.execute(newKey(), { sku: 'TEAPOT-GLASS', price: eur(3_400) });
    await changing.execute(request, change);
    expect(await shown('TEAPOT-GLASS')).toMatchObject({ price: eur(3_400) });
    expect((await told()).map(({ sequence, data }) => [sequence, data.price.amount])).toEqual([
      [1, 3_300],
      [2, 3_400],
    ]);
  });

  it('of the name alone, or to the price that it has, is no change of price', async () => {
    await changing.execute(newKey(), { sku: 'PEN-FOUNTAIN', name: 'Fountain pen, blue' });
    await changing.execute(newKey(), { sku: 'PEN-FOUNTAIN', price: eur(3_450) });
    expect(await shown('PEN-FOUNTAIN')).toMatchObject({ name: 'Fountain pen, blue', price: eur(3_450) });
    expect(await told()).toEqual([]);
  });

  it('is refused where it cannot be, and the key is free again', async () => {
    const request = newKey();
    await expect(changing.execute(request, { sku: 'NO-SUCH', price: eur(1) })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const dollars = { amount: 1, currency: 'USD' };
    await expect(changing.execute(request, { sku: 'MUG-ENAMEL', price: dollars })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    await changing.execute(request, { sku: 'SCALE-KITCHEN', price: eur(2_800) });
    await expect(changing.execute(request, { sku: 'SCALE-KITCHEN', price: eur(2_900) })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });
});
