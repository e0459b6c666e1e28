import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ReadLogResponse } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import { eventually } from '#libs/testing/eventually.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { ReadLog, type LogCall } from './read-log.js';

let fixture: OrdersFixture;
beforeAll(async () => void (fixture = await ordersFixture()));
afterAll(() => fixture.close());

/** Takes what it is sent, and never asks for more. */
class SlowReader extends EventEmitter {
  readonly taken: ReadLogResponse[] = [];

  write(message: ReadLogResponse): boolean {
    this.taken.push(message);
    return false;
  }
}

it('given a reader that does not keep up, when the process stops, then the reading ends and says that it was not the end', async () => {
  await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  const log = new ReadLog(fixture.db);
  const reader = new SlowReader();
  const reading = log.readAll({ afterOrderId: '' }, reader as unknown as LogCall);
  await eventually(() => expect(reader.taken).toHaveLength(1));
  log.beforeApplicationShutdown();
  await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(reader.taken).toHaveLength(1);
});
