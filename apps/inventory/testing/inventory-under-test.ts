import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { LineData } from '#libs/contracts/events.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { inventoryFixture, newOrder, violations, type InventoryFixture } from './inventory-fixture.js';

/** Inventory for the tests of one `describe`. Whatever they do, nothing may be violated afterwards. */
export function inventoryUnderTest(options: Parameters<typeof inventoryFixture>[0] = {}): InventoryFixture {
  // Complete before the first test runs.
  const inventory = {} as InventoryFixture;
  beforeAll(async () => {
    Object.assign(inventory, await inventoryFixture(options));
  });
  afterEach(async () => {
    expect(await violations(inventory.db)).toEqual([]);
  });
  afterAll(() => inventory.drop());
  return inventory;
}

let skus = 0;

/** A SKU of its own with units in some warehouses, and an order for some of them. */
export async function stocked(
  { set }: InventoryFixture,
  levels: Readonly<Record<string, number>>,
  quantity: number,
): Promise<{ sku: string; request: { orderId: OrderId; lines: LineData[] } }> {
  const sku = `sku-${(skus += 1)}`;
  for (const [warehouse, available] of Object.entries(levels)) await set.execute({ sku, warehouse, available });
  return { sku, request: { orderId: newOrder(), lines: [{ sku, quantity }] } };
}
