import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { AnswerOnce } from '#libs/idempotency/answer-once.js';
import { newEnvelope } from '#libs/messaging/envelope.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { CatalogGrpc } from './catalog.grpc.js';
import { ChangeProduct } from './change-product/change-product.js';
import { FindProduct } from './find-product/find-product.js';
import { FollowAvailability } from './follow-availability/follow-availability.js';
import { ListProducts } from './list-products/list-products.js';
import { migrations } from './migrations/index.js';
import { PriceLines } from './price-lines/price-lines.js';
import { RecommendProducts } from './recommend-products/recommend-products.js';
import type { CatalogSchema } from './schema.js';

describe('the catalogue', () => {
  let database: TestDatabase<CatalogSchema>;
  let catalog: CatalogGrpc;
  let availability: FollowAvailability;

  beforeAll(async () => {
    database = await testDatabase<CatalogSchema>(migrations);
    const { db } = database;
    catalog = new CatalogGrpc(
      new ListProducts(db),
      new FindProduct(db),
      new PriceLines(db),
      new ChangeProduct(db, { wake: () => undefined }),
      new RecommendProducts(db),
      { withScope: async () => ({ subject: 'operator-1' }) } as never,
      new AnswerOnce(db as unknown as Kysely<never>, { leaseMs: 10_000 }),
    );
    availability = new FollowAvailability(db);
  });
  afterAll(() => database.drop());

  const tell = (sku: string, warehouse: string, available: number, sequence: number) =>
    availability.execute(
      newEnvelope({
        type: 'StockLevelChanged',
        producer: 'inventory',
        subject: `${sku}@${warehouse}`,
        sequence,
        data: { sku, warehouse, available },
      }),
    );
  const shown = async (sku: string) => (await catalog.getProduct({ sku })).available;

  it('gives every product once, page by page', async () => {
    const skus: string[] = [];
    let cursor = '';
    do {
      const page = await catalog.listProducts({ cursor, limit: 7 });
      skus.push(...page.items.map(({ sku }) => sku));
      cursor = page.nextCursor;
    } while (cursor !== '');
    expect(skus).toEqual([...new Set(skus)].sort());
    expect(skus.length).toBeGreaterThanOrEqual(22);
    expect(skus).toEqual(expect.arrayContaining(['LAST-TEN', 'SOLD-OUT']));
  });

  it('prices the lines of an order and names what it does not know', async () => {
    const { products, unknownSkus } = await catalog.priceLines({ skus: ['MUG-ENAMEL', 'NO-SUCH'] });
    expect(products).toMatchObject([
      { sku: 'MUG-ENAMEL', name: 'Enamel mug', price: { amount: 1_240, currency: 'EUR' } },
    ]);
    expect(unknownSkus).toEqual(['NO-SUCH']);
  });

  it.each([
    ['NO-SUCH', 'NOT_FOUND'],
    ['', 'INVALID_REQUEST'],
    ['a\u0000', 'INVALID_REQUEST'],
  ])('refuses the product %j with %s', async (sku, code) => {
    await expect(async () => catalog.getProduct({ sku })).rejects.toMatchObject({ code });
  });

  it('refuses a cursor that it did not give', async () => {
    await expect(async () => catalog.listProducts({ cursor: '!', limit: 1 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('shows what inventory last said, summed over the warehouses', async () => {
    await tell('TEAPOT-GLASS', 'LEIPZIG', 5, 1);
    await tell('TEAPOT-GLASS', 'ROTTERDAM', 7, 1);
    await tell('TEAPOT-GLASS', 'LEIPZIG', 3, 2);
    expect(await shown('TEAPOT-GLASS')).toBe(10);
  });

  it('ends at the newest level however levels are reordered and repeated', async () => {
    const deliveries = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(deliveries, async (sequences) => {
        const warehouse = randomUUID();
        const before = await shown('KETTLE-GOOSENECK');
        for (const sequence of sequences) await tell('KETTLE-GOOSENECK', warehouse, sequence * 10, sequence);
        expect((await shown('KETTLE-GOOSENECK')) - before).toBe(Math.max(...sequences) * 10);
      }),
      { numRuns: 20 },
    );
  });
});
