import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, type Sources } from '#libs/audit/audit.js';
import { disposableSet, type DisposableSet } from './disposable-set.js';
import { growOrders, orderId } from './grow-orders.js';
import { growViews } from './grow-views.js';

const ORDERS = 40;
/** The sixth of the mixture is delivered. */
const ORDER = orderId(5);

let set: DisposableSet;
beforeAll(async () => {
  set = await disposableSet();
  await growOrders(set, ORDERS);
  await growViews(set);
}, 120_000);
afterAll(() => set.drop());

async function found(): Promise<string[]> {
  const sources: Sources = { databaseOf: set.auditorUrl, queues: async () => new Map() };
  const { violations } = await audit(sources, { atRest: true }, []);
  return violations.map(({ invariant, orderId: id = '', message }) => `${invariant} ${id} ${message}`);
}

describe('the read models', () => {
  it('given the fold of the log, then nothing is found', async () => {
    expect(await found()).toEqual([]);
  });

  it.each([
    [
      'an order at an older version',
      'orders_1',
      `update orders_1 set version = version - 1 where id = '${ORDER}'`,
      ORDER,
    ],
    ['another status', 'orders_1', `update orders_1 set status = 'PENDING' where id = '${ORDER}'`, ORDER],
    [
      'another progress',
      'orders_1',
      `update orders_1 set progress = progress || '{"reason":"NOT_SERVED"}' where id = '${ORDER}'`,
      ORDER,
    ],
    ['somebody else’s order', 'orders_1', `update orders_1 set customer_id = 'cus-eve' where id = '${ORDER}'`, ORDER],
    ['an order that is not listed', 'orders_1', `delete from orders_1 where id = '${ORDER}'`, ORDER],
    [
      'an order that nobody placed',
      'orders_1',
      `update orders_1 set id = '${orderId(0xffff_fff0)}' where id = '${ORDER}'`,
      orderId(0xffff_fff0),
    ],
    [
      'a timeline without its last entry',
      'timeline_1',
      `update timeline_1 set entries = entries - -1 where order_id = '${ORDER}'`,
      ORDER,
    ],
    ['a timeline that is behind', 'timeline_1', `update timeline_1 set version = 1 where order_id = '${ORDER}'`, ORDER],
    ['no timeline', 'timeline_1', `delete from timeline_1 where order_id = '${ORDER}'`, ORDER],
    [
      'too much revenue',
      'sales_1',
      `update sales_1 set revenue = revenue + 1 where ctid = (select ctid from sales_1 where sold > 0 limit 1)`,
      'in the hour of',
    ],
    [
      'sales of nothing',
      'sales_1',
      `update sales_1 set sku = 'NOTHING' where ctid = (select ctid from sales_1 limit 1)`,
      'NOTHING',
    ],
  ])('given %s, then it is named', async (_, table, planted, named) => {
    await set.execute('order-view', `create table kept as select * from ${table}`);
    try {
      await set.execute('order-view', planted);
      const violations = await found();
      expect(violations.length).toBeGreaterThan(0);
      expect(violations.every((violation) => violation.startsWith('R '))).toBe(true);
      expect(violations.join('\n')).toContain(named);
    } finally {
      await set.execute(
        'order-view',
        `delete from ${table}`,
        `insert into ${table} select * from kept`,
        `drop table kept`,
      );
    }
  });
});
