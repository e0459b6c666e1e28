import { describe, expect, it } from '@jest/globals';
import { recordedEnvelopes } from '#libs/testing/recorded-events.js';
import { ORDER_EVENT_TYPES, type OrderEventType } from '#libs/order-log/events.js';
import { fold } from '#libs/order-log/evolve.js';
import { eventOf, orderOf } from './read-rows.js';

/** The logs that the first release wrote, by order. */
function recordedLogs() {
  const ofOrders = recordedEnvelopes().filter(({ type }) => (ORDER_EVENT_TYPES as readonly string[]).includes(type));
  const subjects = new Set(ofOrders.map(({ subject }) => subject));
  return [...subjects].map((order) =>
    ofOrders.filter(({ subject }) => subject === order).toSorted((one, other) => one.sequence - other.sequence),
  );
}

type Recorded = ReturnType<typeof recordedLogs>[number][number];
const rowOf = ({ type, schemaVersion, data, occurredAt }: Recorded) =>
  eventOf({
    type: type as OrderEventType,
    schema_version: schemaVersion,
    data: data as never,
    occurred_at: new Date(occurredAt),
  });

describe('a log that the first release wrote', () => {
  it('folds to the orders that they were', () => {
    const orders = recordedLogs().map((log) => fold(log.map(rowOf)));
    const ends = orders.map((order) => (order.kind === 'placed' ? [order.progress.status, order.progress.reason] : []));
    expect(ends.toSorted()).toEqual([
      ['DELIVERED', null],
      ['DELIVERED', null],
      ['REJECTED', 'NOT_SERVED'],
      ['REJECTED', 'PAYMENT_DECLINED'],
    ]);
  });

  it('and its snapshots say who placed them', () => {
    const [placed] = recordedLogs()[0] ?? [];
    const row = { version: 1, placed: placed?.data, placed_version: 1, progress: {}, created_at: new Date() };
    expect(orderOf(row as never).placed).toMatchObject({ placedBy: { subject: 'cus-ada', kind: 'customer' } });
  });

  it('given data that is not what its version says, says so instead of going on', () => {
    const broken = { type: 'OrderPlaced', schema_version: 1, data: {}, occurred_at: new Date() } as const;
    expect(() => eventOf(broken as never)).toThrow(/The log cannot be read: OrderPlaced in version 1: data.orderId/);
  });
});
