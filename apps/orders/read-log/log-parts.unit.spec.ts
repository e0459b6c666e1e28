import { describe, expect, it } from '@jest/globals';
import type { LoggedOrder } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { MESSAGE_BYTES, messagesOf, partsOf, wholeOrders, type LogRow } from './log-parts.js';

/** Events that are a third of a message each. */
const log = (order_id: string, versions: number): LogRow[] =>
  Array.from({ length: versions }, (_, n) => ({
    order_id,
    version: n + 1,
    type: 'OrderProgressed',
    schema_version: 1,
    occurred_at: 0,
    data: '.'.repeat(MESSAGE_BYTES / 3),
  }));
const shape = (orders: readonly LoggedOrder[]) =>
  orders.map(({ orderId, events }) => `${orderId}${events.map(({ version }) => version).join('')}`);
async function* coming(...rows: readonly LogRow[]): AsyncGenerator<LoggedOrder> {
  yield* partsOf(rows);
}
async function collect<Value>(source: AsyncIterable<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for await (const value of source) values.push(value);
  return values;
}

describe('a log in parts', () => {
  it('splits an order that is longer than a message, and no other', () =>
    expect(shape([...partsOf([...log('a', 2), ...log('b', 7)])])).toEqual(['a12', 'b123', 'b456', 'b7']));

  it('puts together what fits a message, and parts of one order as one', async () => {
    const messages = await collect(messagesOf(coming(...log('a', 1), ...log('b', 4), ...log('c', 1))));
    expect(messages.map(shape)).toEqual([
      ['a1', 'b123'],
      ['b4', 'c1'],
    ]);
  });

  it('is put together again for those who know no parts', async () =>
    expect(shape(await collect(wholeOrders(coming(...log('a', 1), ...log('b', 7), ...log('c', 1)))))).toEqual([
      'a1',
      'b1234567',
      'c1',
    ]));
});
