import { isWaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { newOrder, unitsOf, violations, type InventoryFixture } from './inventory-fixture.js';

export const UNITS = 10;
const SKU = 'LAST-TEN';
/** Where they lie: one buyer's unit comes from either. */
const LEVELS = { ROTTERDAM: 7, LEIPZIG: 3 } as const;

export interface Round {
  readonly sold: number;
  readonly refused: number;
  /** Everything that is not as it must be. */
  readonly wrong: readonly string[];
}

/** One round on an inventory of its own: that many buyers want one of the last ten units, all at once. */
export async function sellLastTen(inventory: InventoryFixture, buyers: number): Promise<Round> {
  const before = await reserved(inventory);
  for (const [warehouse, available] of Object.entries(LEVELS))
    await inventory.set.execute({ sku: SKU, warehouse, available });
  const answers = await Promise.all(Array.from({ length: buyers }, () => buy(inventory, newOrder())));
  const sold = answers.filter((answer) => answer === 'reserved').length;
  const refused = answers.filter((answer) => answer === 'OUT_OF_STOCK').length;
  const units = await unitsOf(inventory.db, SKU);
  const wrong = await violations(inventory.db);
  if (sold !== UNITS) wrong.push(`${sold} of ${UNITS} units were sold`);
  if (sold + refused !== buyers) wrong.push(`${buyers - sold - refused} buyers were answered neither`);
  if (!units.startsWith(`0 0 ${before + UNITS} 0 `))
    wrong.push(`the stock is ${units}, ${before} were reserved before`);
  return { sold, refused, wrong };
}

/** As an order does: a hold when it is placed, made firm by its workflow. */
async function buy({ hold, reserve }: InventoryFixture, orderId: OrderId): Promise<string> {
  const request = { orderId, lines: [{ sku: SKU, quantity: 1 }] };
  try {
    await hold.execute(request);
    return (await reserve.execute(request)).state;
  } catch (error) {
    if (isWaybillError(error)) return error.code;
    throw error;
  }
}

async function reserved({ db }: InventoryFixture): Promise<number> {
  const [, , units = '0'] = (await unitsOf(db, SKU)).split(' ');
  return Number(units);
}
