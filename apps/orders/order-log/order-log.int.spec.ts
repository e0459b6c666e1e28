import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { logOf, messagesAbout } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { confirm } from '../testing/progress-requests.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import { fold } from '#libs/order-log/evolve.js';
import { envelopeOf } from './event-rows.js';

let fixture: OrdersFixture;
let orderId: string;
beforeAll(async () => {
  fixture = await ordersFixture();
  const { order } = await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  orderId = order?.id ?? '';
  await confirm(fixture.first, orderId);
});
afterAll(() => fixture.close());

describe('the log', () => {
  it.each([
    sql`update order_events set version = version`,
    sql`update order_events set data = '{}' where version = 1`,
    sql`delete from order_events where false`,
    sql`truncate order_events`,
  ])('refuses to be rewritten', async (statement) => {
    const before = await logOf(fixture.db, orderId);
    await expect(statement.execute(fixture.db)).rejects.toMatchObject({
      message: expect.stringContaining('append-only'),
    });
    expect(await logOf(fixture.db, orderId)).toEqual(before);
  });

  it('folds to the snapshot beside it', async () => {
    const log = await logOf(fixture.db, orderId);
    const state = fold(log.map(({ type, data }) => ({ type, data }) as OrderEvent));
    const [row] = await fixture.db.selectFrom('orders').selectAll().where('id', '=', orderId).execute();
    expect(state).toEqual({ kind: 'placed', version: row?.version, placed: row?.placed, progress: row?.progress });
    expect(row).toMatchObject({ status: 'CONFIRMED', open: false, confirmed_at: expect.any(Date) });
  });

  it('gives back the very envelopes that were sent', async () => {
    const log = await logOf(fixture.db, orderId);
    const again = log.map(({ type, data, version, occurred_at, causation_id }) =>
      envelopeOf(orderId, {
        event: { type, data } as OrderEvent,
        version,
        occurredAt: occurred_at,
        causationId: causation_id,
      }),
    );
    const sent = (await messagesAbout(fixture.db, orderId)).filter(({ lane }) => lane === 'events');
    expect(again).toEqual(sent.map(({ envelope }) => envelope));
  });
});
