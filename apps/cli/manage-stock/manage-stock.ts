import { InventoryServiceService, type StockLevel } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { grpcClient } from '#libs/grpc/client.js';
import { useIdentity } from '#libs/grpc/tls/own-identity.js';
import { recorded } from '../record-action/record-action.js';
import { readRun, UserError, type Run } from '../run-file/run-file.js';
import { print } from '../terminal/style.js';
import { table } from '../terminal/table.js';

const DEADLINE = { deadlineMs: 5_000 };
const PAGE = 100;

/** Stock per SKU and warehouse, as inventory has it. */
export async function showStock(skus: readonly string[], { json = false }: { readonly json?: boolean }): Promise<void> {
  await withInventory(readRun(), async (inventory) => {
    const levels: StockLevel[] = [];
    let cursor = '';
    do {
      const page = await inventory.listStock({ skus: [...skus], cursor, limit: PAGE }, DEADLINE);
      levels.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== '');
    print(json ? JSON.stringify(levels, null, 2) : stockTable(levels));
  });
}

/** An operator's count: what is available becomes the given number. In the audit, as what is done through the API is. */
export async function setStock(
  sku: string,
  warehouse: string,
  count: string,
  { json = false, reason = '' }: { readonly json?: boolean; readonly reason?: string },
): Promise<void> {
  const available = Number(count);
  if (!Number.isInteger(available) || available < 0)
    throw new UserError(`${count} is no count: give a whole number, 0 or more`);
  const run = readRun();
  const action = { action: 'setStock', target: `${sku}@${warehouse} = ${available}`, reason };
  await withInventory(run, async (inventory) => {
    const level = await recorded(run, action, (call) => inventory.setStock({ sku, warehouse, available }, call));
    print(json ? JSON.stringify(level, null, 2) : stockTable([level]));
  });
}

async function withInventory(run: Run, work: (inventory: ReturnType<typeof connect>) => Promise<void>): Promise<void> {
  const inventory = connect(run);
  try {
    await work(inventory);
  } finally {
    inventory.close();
  }
}

function connect({ services, tls }: Run) {
  const address = services['inventory']?.grpc;
  if (address === undefined) throw new UserError('inventory does not run here');
  if (tls !== undefined) useIdentity(tls); // else the container's own
  return grpcClient(InventoryServiceService, address);
}

function stockTable(levels: readonly StockLevel[]): string {
  const rows = levels.map((level) => [
    level.sku,
    level.warehouse,
    level.available,
    level.held,
    level.reserved,
    level.shipped,
    level.writtenOff,
    level.received,
  ]);
  return table(['sku', 'warehouse', 'available', 'held', 'reserved', 'shipped', 'written off', 'received'], rows);
}
