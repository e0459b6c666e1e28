import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#libs/kernel/ids.js';
import { CALL, ordersFixture, wish, type OrdersFixture, type Replica } from '../testing/orders-fixture.js';
import { confirm, stepRequest } from '../testing/progress-requests.js';

let fixture: OrdersFixture;
let one: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await ordersFixture({ replicas: 2, settings: { WAYBILL_READ_WAIT_MS: '15000' } });
  [one, other] = fixture.replicas as [Replica, Replica];
});
afterAll(() => fixture.close());

const placed = async (subject: string) => {
  const { order } = await one.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as(subject) });
  return order?.id ?? '';
};
const get = async (
  subject: string,
  id: string,
  { minVersion = 0, scopes = ['orders:read'] as const, deadlineMs = CALL.deadlineMs } = {},
) => {
  const metadata = await fixture.as(subject, { scopes });
  const { order } = await one.orders.getOrder({ id, minVersion }, { deadlineMs, metadata });
  return order;
};

describe('getting an order', () => {
  it('shows all of it', async () => {
    const id = await placed('anna');
    await confirm(one, id);
    const since = new Date('2026-11-20T11:00:00.000Z');
    const flag = { orderId: id, step: 'delivery', raised: true, reason: 'late', since };
    await one.progress.recordAttention(flag, CALL);
    const order = await get('anna', id);
    expect(order).toMatchObject({
      id,
      customerId: 'anna',
      status: 'ORDER_STATUS_CONFIRMED',
      reason: '',
      version: 6,
      payment: { status: 'PAYMENT_STATUS_CAPTURED', captured: 2598, refunded: 0 },
      shipments: [
        {
          id: `shp-${id}`,
          status: 'SHIPMENT_STATUS_SCHEDULED',
          tracking: 'TRK1',
          items: [{ sku: 'MUG', quantity: 2 }],
        },
      ],
      needsAttention: { step: 'delivery', reason: 'late', since },
    });
    expect(order?.updatedAt?.getTime()).toBeGreaterThan(order?.createdAt?.getTime() ?? Infinity);
  });

  it('is for its customer and for operators; to others it does not exist', async () => {
    const id = await placed('anna');
    await expect(get('anna', id)).resolves.toMatchObject({ id });
    await expect(get('olga', id, { scopes: ['ops'] as never })).resolves.toMatchObject({ id });
    const foreign = await get('bert', id).catch((error: unknown) => error);
    const unknown = await get('bert', newId()).catch((error: unknown) => error);
    expect(foreign).toMatchObject({ code: 'NOT_FOUND' });
    expect(unknown).toMatchObject({ code: 'NOT_FOUND', message: (foreign as Error).message });
  });

  it('needs a token that may read, and an id', async () => {
    const id = await placed('anna');
    await expect(one.orders.getOrder({ id, minVersion: 0 }, CALL)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(get('anna', id, { scopes: ['orders:write'] as never })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(get('anna', 'x')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(get('anna', id, { minVersion: -1 })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('waits for a version that another process is about to write', async () => {
    const id = await placed('anna');
    const waiting = get('anna', id, { minVersion: 2 });
    await other.progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL);
    await expect(waiting).resolves.toMatchObject({ version: 2, status: 'ORDER_STATUS_RESERVED' });
  });

  it('waits no longer than its deadline allows, then answers with what there is', async () => {
    const id = await placed('anna');
    await expect(get('anna', id, { minVersion: 9, deadlineMs: 1_500 })).resolves.toMatchObject({ version: 1 });
  });

  it('waits briefly only', async () => {
    const impatient = await ordersFixture({ settings: { WAYBILL_READ_WAIT_MS: '100' } });
    const metadata = await impatient.as('anna');
    const { order } = await impatient.first.orders.createOrder(wish(), { ...CALL, metadata });
    const request = { id: order?.id ?? '', minVersion: 9 };
    const started = Date.now();
    const answer = await impatient.first.orders.getOrder(request, { ...CALL, metadata });
    expect(answer.order).toMatchObject({ version: 1 });
    expect(Date.now() - started).toBeLessThan(CALL.deadlineMs - 1_000);
    await impatient.close();
  });
});

describe('an order as it was', () => {
  const at = async (id: string, time: Date, subject = 'anna') => {
    const { order } = await one.orders.getOrder(
      { id, minVersion: 0, at: time },
      { ...CALL, metadata: await fixture.as(subject) },
    );
    return order;
  };

  it('is what was answered then, at every moment of its life', async () => {
    const id = await placed('anna');
    const seen = [await get('anna', id)];
    for (const step of ['reserve-inventory', 'process-payment', 'schedule-shipping'] as const) {
      await pause(2); // each change at a millisecond of its own
      await one.progress.recordStep(stepRequest(id, step), CALL);
      seen.push(await get('anna', id));
    }
    for (const [place, order] of seen.entries()) {
      const since = order?.updatedAt ?? new Date(0);
      const until = new Date((seen[place + 1]?.updatedAt ?? new Date('2100-01-01')).getTime() - 1);
      expect(await at(id, since)).toEqual(order);
      expect(await at(id, until)).toEqual(order);
    }
  });

  it('was not there before it was placed, nor for others', async () => {
    const id = await placed('anna');
    const order = await get('anna', id);
    const before = new Date((order?.createdAt?.getTime() ?? 0) - 1);
    await expect(at(id, before)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(at(id, new Date(), 'bert')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('has no version to wait for', async () => {
    const id = await placed('anna');
    const both = { id, minVersion: 2, at: new Date() };
    const metadata = await fixture.as('anna');
    await expect(one.orders.getOrder(both, { ...CALL, metadata })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
