import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import { newEnvelope } from '#libs/messaging/envelope.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations } from '../migrations/index.js';
import { RememberPurchases } from '../remember-purchases/remember-purchases.js';
import type { CatalogSchema } from '../schema.js';
import { RecommendProducts } from './recommend-products.js';

let database: TestDatabase<CatalogSchema>;
let recommend: RecommendProducts;
let remember: RememberPurchases;

beforeAll(async () => {
  database = await testDatabase<CatalogSchema>(migrations);
  remember = new RememberPurchases(database.db);
  const skus = await database.db.selectFrom('products').select('sku').execute();
  await database.db
    .insertInto('availability')
    .values(skus.map(({ sku }) => ({ sku, warehouse: 'LEIPZIG', available: sku === 'SOLD-OUT' ? 0 : 9, sequence: 1 })))
    .execute();
});
beforeEach(() => {
  recommend = new RecommendProducts(database.db);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => database.drop());

const price = { amount: 100, currency: 'EUR' };
const bought = (customerId: string, ...skus: string[]) => {
  const orderId = randomUUID();
  const items = skus.map((sku) => ({ sku, name: sku, quantity: 1, unitPrice: price, lineTotal: price }));
  return newEnvelope({
    type: 'OrderConfirmed',
    producer: 'orders',
    subject: orderId,
    sequence: 5,
    data: { orderId, customerId, items, total: price, shipments: [] },
  });
};
const tell = async (...events: ReturnType<typeof bought>[]) => {
  for (const event of events) await remember.execute(event);
};
const skusFor = async (customerId: string, limit = 3) => (await recommend.for(customerId, limit)).map(({ sku }) => sku);

const passes = (ms: number) => {
  const now = Date.now() + ms;
  jest.spyOn(Date, 'now').mockReturnValue(now);
};

describe('recommendations', () => {
  it('are the catalogue itself before anything was bought, and never what is sold out', async () => {
    const all = await recommend.popular(100);
    expect(all.length).toBeGreaterThan(20);
    expect(all.map(({ sku }) => sku)).not.toContain('SOLD-OUT');
    expect(await skusFor('nobody')).toEqual(all.slice(0, 3).map(({ sku }) => sku));
  });

  it('are what others bought together with what the customer has, then what is bought most', async () => {
    await recommend.popular(1); // before anything was bought
    await tell(
      bought('ben', 'MUG-ENAMEL', 'TEAPOT-GLASS'),
      bought('cleo', 'MUG-ENAMEL', 'TEAPOT-GLASS', 'KETTLE-GOOSENECK'),
      bought('dora', 'LAST-TEN'),
      bought('ed', 'LAST-TEN'),
      bought('fay', 'LAST-TEN'),
      bought('anna', 'MUG-ENAMEL', 'SOLD-OUT'),
    );
    passes(10_000);
    expect(await skusFor('anna')).toEqual(['TEAPOT-GLASS', 'KETTLE-GOOSENECK', 'LAST-TEN']);
    expect((await recommend.popular(2)).map(({ sku }) => sku)).toEqual(['LAST-TEN', 'MUG-ENAMEL']);
  });

  it('given many who ask at once, then the whole catalogue is read once for them; when that fails, anew', async () => {
    let readings = 0;
    let failing = true;
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => {
        if (!JSON.stringify(node).includes('daily_sales')) return node;
        readings += 1;
        if (failing) throw new Error('the database is away');
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    recommend = new RecommendProducts(database.db.withPlugin(counting));
    const all = () => Promise.allSettled(Array.from({ length: 50 }, (_, n) => recommend.for(`new-${n}`, 5)));
    expect(new Set((await all()).map(({ status }) => status))).toEqual(new Set(['rejected']));
    [readings, failing] = [0, false];
    expect(new Set((await all()).map(({ status }) => status))).toEqual(new Set(['fulfilled']));
    await all();
    expect(readings).toBe(1);
    passes(10_000);
    await all();
    expect(readings).toBe(2);
  });

  it('count an order once however often it is told of', async () => {
    const event = bought('gus', 'MUG-ENAMEL', 'LAST-TEN');
    const read = () =>
      database.db
        .selectFrom('bought_together')
        .select(['sku', 'other', 'times'])
        .orderBy('sku')
        .orderBy('other')
        .execute();
    await tell(event);
    const before = await read();
    await tell(event, event);
    expect(await read()).toEqual(before);
    expect(before.filter(({ sku, other }) => sku === 'LAST-TEN' && other === 'MUG-ENAMEL')).toMatchObject([
      { times: 1 },
    ]);
  });

  it('follow orders that are told of at the same time', async () => {
    const events = Array.from({ length: 20 }, (_, n) =>
      bought(`c${n}`, ...(n % 2 ? ['MUG-ENAMEL', 'LAST-TEN'] : ['LAST-TEN', 'MUG-ENAMEL'])),
    );
    await Promise.all(events.map((event) => remember.execute(event)));
    const { times } = await database.db
      .selectFrom('bought_together')
      .select('times')
      .where('sku', '=', 'MUG-ENAMEL')
      .where('other', '=', 'LAST-TEN')
      .executeTakeFirstOrThrow();
    expect(times).toBe(21);
  });
});
