import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Direction, Ending } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { claimsOf } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { confirm, ENDED, stepRequest } from '../testing/progress-requests.js';
import { AcceptOrRefuse } from './accept-or-refuse.js';
import { readBacklog } from './backlog.js';

let fixture: OrdersFixture;
beforeAll(async () => {
  const settings = { WAYBILL_ACCEPT_MAX_UNSENT: '5', WAYBILL_ACCEPT_BACKLOG_MIN: '3' };
  fixture = await ordersFixture({ settings });
});
afterEach(async () => {
  await sql`truncate outbox, orders, idempotency_claims`.execute(fixture.db);
  await refresh();
});
afterAll(() => fixture.close());

const refresh = () => fixture.first.app.get(AcceptOrRefuse, { strict: false }).refresh();
const sendAll = () => sql`delete from outbox`.execute(fixture.db);
async function place(): Promise<string> {
  const { order } = await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  return order?.id ?? '';
}
const outcome = () =>
  place().then(
    () => 'accepted',
    (error: unknown) => (isWaybillError(error) ? error.code : error),
  );
async function several(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await place());
  return ids;
}

describe('orders that the broker has not confirmed', () => {
  it('are bounded, also within the second before they are counted', async () => {
    await several(6);
    expect(await outcome()).toBe('OVERLOADED');
    await refresh();
    expect(await outcome()).toBe('OVERLOADED');
    await sendAll();
    await refresh();
    expect(await outcome()).toBe('accepted');
  });

  it('are refused before a claim is made, with the time to come back', async () => {
    await several(6);
    const claims = await claimsOf(fixture.db, 'anna');
    await expect(place()).rejects.toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds: '30' } });
    expect(await claimsOf(fixture.db, 'anna')).toHaveLength(claims.length);
  });

  it('leave no room for bulk requests when there is still some for orders', async () => {
    await several(3);
    await refresh();
    const bulk = fixture.first.orders.bulkUpdateOrders([], { ...CALL, metadata: await fixture.as('anna') });
    await expect(bulk).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(await outcome()).toBe('accepted');
  });

  it('are bounded in age', async () => {
    await place();
    await sql`update outbox set created_at = now() - interval '16 minutes'`.execute(fixture.db);
    await refresh();
    expect(await outcome()).toBe('OVERLOADED');
  });
});

describe('orders that are open', () => {
  it('are bounded while some are being confirmed', async () => {
    const ids = await several(5);
    await sendAll();
    await refresh();
    expect(await outcome()).toBe('accepted');
    await sendAll();
    await confirm(fixture.first, ids[0] ?? '');
    await sendAll();
    await refresh();
    expect(await outcome()).toBe('OVERLOADED');
    for (const id of ids.slice(1, 4)) await confirm(fixture.first, id);
    await sendAll();
    await refresh();
    expect(await outcome()).toBe('accepted');
  });

  it('are counted from placed to confirmed or undone, but not while they wait for a person', async () => {
    const [confirmed = '', undone = '', broken = ''] = await several(4);
    const { progress } = fixture.first;
    await confirm(fixture.first, confirmed);
    await progress.beginUndo({ orderId: undone, ending: Ending.REJECTED, reason: 'OUT_OF_STOCK' }, CALL);
    await progress.beginUndo({ orderId: broken, ending: Ending.REJECTED, reason: 'OUT_OF_STOCK' }, CALL);
    expect(await readBacklog(fixture.db)).toMatchObject({ unsent: 4, open: 3, confirmedLastMinute: 1 });
    await progress.recordEnding({ orderId: undone, ending: Ending.REJECTED }, CALL);
    const flag = { orderId: broken, step: 'process-payment', raised: true, reason: 'refunds fail', since: ENDED };
    await progress.recordAttention(flag, CALL);
    expect(await readBacklog(fixture.db)).toMatchObject({ open: 1, needingAttention: 1 });
    await progress.recordAttention({ ...flag, raised: false }, CALL);
    const undo = stepRequest(broken, 'reserve-inventory', { direction: Direction.UNDO });
    await progress.recordStep(undo, CALL);
    expect(await readBacklog(fixture.db)).toMatchObject({ open: 2, needingAttention: 0 });
  });

  it('that were confirmed stay in the rate for a minute, whatever comes later', async () => {
    const [id = ''] = await several(1);
    await confirm(fixture.first, id);
    await sql`update orders set confirmed_at = now() - interval '59 seconds'`.execute(fixture.db);
    expect(await readBacklog(fixture.db)).toMatchObject({ confirmedLastMinute: 1 });
    await sql`update orders set confirmed_at = now() - interval '61 seconds'`.execute(fixture.db);
    const flag = { orderId: id, step: 'delivery', raised: true, reason: 'late', since: ENDED };
    await fixture.first.progress.recordAttention(flag, CALL);
    expect(await readBacklog(fixture.db)).toMatchObject({ confirmedLastMinute: 0 });
  });
});
