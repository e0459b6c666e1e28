import { afterEach, describe, expect, it } from '@jest/globals';
import { control, customer, ledgerOf, orderOf, untilStatus } from './running-system.js';

const ORDERS = 50;
const MINUTE = 60_000;

describe.each(['temporal', 'rabbitmq'])('while %s is down', (engine) => {
  afterEach(() => control('start', engine));

  it(
    `orders are accepted all the same, and confirmed when it is back`,
    async () => {
      await control('stop', engine);
      const orders = await Promise.all(
        Array.from({ length: ORDERS }, () =>
          customer.placeOrder(orderOf({ items: [{ sku: 'SOCKS-MERINO-3', quantity: 1 }] })),
        ),
      );
      expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['PENDING']));
      await control('start', engine);
      for (const { id, total } of orders) {
        await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED'], 2 * MINUTE);
        expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: 0 });
      }
    },
    4 * MINUTE,
  );
});
