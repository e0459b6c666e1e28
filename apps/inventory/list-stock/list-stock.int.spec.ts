import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inventoryFixture, type InventoryFixture } from '../testing/inventory-fixture.js';
import { encodeCursor } from './cursor.js';

describe('listing stock', () => {
  let inventory: InventoryFixture;

  beforeAll(async () => {
    inventory = await inventoryFixture();
  });
  afterAll(() => inventory.drop());

  it('gives every row once, page by page, in the order of SKU and warehouse', async () => {
    const rows: string[] = [];
    let cursor = '';
    do {
      const page = await inventory.list.execute({ skus: [], cursor, limit: 7 });
      rows.push(...page.items.map(({ sku, warehouse }) => `${sku}@${warehouse}`));
      cursor = page.nextCursor;
    } while (cursor !== '');
    expect(rows).toEqual([...new Set(rows)].sort());
    expect(rows).toHaveLength(52);
  });

  it('shows the first delivery: two warehouses, ten of LAST-TEN, none of SOLD-OUT, plenty of the rest', async () => {
    const { items } = await inventory.list.execute({ skus: [], cursor: '', limit: 100 });
    const total = (sku: string) =>
      items.filter((item) => item.sku === sku).reduce((sum, item) => sum + item.available, 0);
    expect(new Set(items.map(({ warehouse }) => warehouse))).toEqual(new Set(['ROTTERDAM', 'LEIPZIG']));
    expect([total('LAST-TEN'), total('SOLD-OUT')]).toEqual([10, 0]);
    const others = [...new Set(items.map(({ sku }) => sku))].filter((sku) => sku !== 'LAST-TEN' && sku !== 'SOLD-OUT');
    expect(others.length).toBeGreaterThanOrEqual(20);
    expect(Math.min(...others.map(total))).toBeGreaterThan(10_000);
  });

  it('gives the SKUs that are asked for', async () => {
    const { items, nextCursor } = await inventory.list.execute({
      skus: ['LAST-TEN', 'NO-SUCH'],
      cursor: '',
      limit: 100,
    });
    expect(items.map(({ sku, warehouse }) => `${sku}@${warehouse}`)).toEqual([
      'LAST-TEN@LEIPZIG',
      'LAST-TEN@ROTTERDAM',
    ]);
    expect(nextCursor).toBe('');
  });

  it.each(['nonsense', encodeCursor({ sku: 'x'.repeat(65), warehouse: 'y' })])(
    'refuses the cursor %s',
    async (cursor) => {
      const listing = inventory.list.execute({ skus: [], cursor, limit: 7 });
      await expect(listing).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    },
  );
});
