import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, type Findings, type Recent, type Sources } from '#libs/audit/audit.js';
import { sumOf } from '#libs/audit/tally.js';
import { disposableSet, type DisposableSet } from './disposable-set.js';
import { growOrders, orderId } from './grow-orders.js';
import { growViews } from './grow-views.js';

const ORDERS = 40;
/** The sixth of the mixture is delivered. */
const ORDER = orderId(5);
const HOUR: Recent = { withinMs: 3_600_000, also: [], most: 1_000 };

let set: DisposableSet;
beforeAll(async () => {
  set = await disposableSet();
  await growOrders(set, ORDERS);
  await growViews(set);
  await set.execute(
    'orders',
    `update order_events set occurred_at = now() - interval '1 day'`,
    `update orders set created_at = now() - interval '1 day'`,
  );
}, 120_000);
afterAll(() => set.drop());

function look(recent: Recent | undefined, most = Infinity): Promise<Findings> {
  const sources: Sources = { databaseOf: set.auditorUrl, queues: async () => new Map() };
  return audit(sources, { atRest: false }, [], { most, ...(recent && { recent }) });
}
const ids = ({ violations }: Findings) => [...new Set(violations.map(({ orderId: id }) => id))];

describe('an audit of what has changed', () => {
  it('reads no order that has not, and all of one that has', async () => {
    expect((await look(HOUR)).orders).toBe(0);
    await set.execute('inventory', `update reservations set state = 'reserved' where order_id = '${ORDER}'`);
    expect(ids(await look(HOUR))).toEqual([]);
    await set.execute(
      'orders',
      `update order_events set occurred_at = now() where order_id = '${ORDER}' and version = 1`,
    );
    const found = await look(HOUR);
    expect([found.scope, found.orders, ids(found)]).toEqual(['recent', 1, [ORDER]]);
  });

  it('reads what is named, what is open and what needs attention, however old', async () => {
    const [open, flagged, named] = [orderId(11), orderId(17), orderId(23)];
    await set.execute(
      'orders',
      `update orders set open = true where id = '${open}'`,
      `update orders set attention_since = now() where id = '${flagged}'`,
    );
    const found = await look({ ...HOUR, withinMs: 0, also: [named] });
    expect([found.orders, found.needsAttention]).toEqual([3, [flagged]]);
    await set.execute('orders', 'update orders set open = false, attention_since = null');
  });

  it('that is bounded by nothing reads what has changed, however many', async () => {
    const everything = { ...HOUR, withinMs: 2 * 86_400_000, most: Number.MAX_SAFE_INTEGER };
    expect(await look(everything)).toMatchObject({ scope: 'recent', orders: ORDERS });
  });

  it('of too many reads everything', async () => {
    expect(await look({ ...HOUR, withinMs: 2 * 86_400_000, most: ORDERS - 1 })).toMatchObject({
      scope: 'whole',
      orders: ORDERS,
    });
  });

  it('keeps no more than wanted of what is broken, and counts all of it', async () => {
    await set.execute('payment-simulator', 'delete from ledger');
    const all = await look(undefined);
    const some = await look(undefined, 3);
    expect(all.violations.length).toBeGreaterThan(3);
    expect(some.violations).toEqual(all.violations.slice(0, 3));
    expect([sumOf(some.counts), some.counts]).toEqual([all.violations.length, all.counts]);
    expect(some.brokenOrders).toEqual(ids(all).filter((id) => id !== undefined));
  });
});
