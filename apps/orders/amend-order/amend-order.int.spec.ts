import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AmendOrderRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { newId } from '#libs/kernel/ids.js';
import { logOf, messagesAbout, violations } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture, type Replica } from '../testing/orders-fixture.js';
import { confirm } from '../testing/progress-requests.js';

let fixture: OrdersFixture;
let one: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await ordersFixture({ replicas: 2 });
  [one, other] = fixture.replicas as [Replica, Replica];
});
afterAll(() => fixture.close());

async function placed() {
  const { order } = await one.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  if (!order) throw new Error('no order was answered');
  const [line] = order.items;
  if (!line) throw new Error('the sample has no lines');
  const items = order.items.map(({ sku, quantity }) => ({ sku, quantity: quantity + 1 }));
  const total = order.items.reduce(
    (sum, { unitPrice, quantity }) => sum + (unitPrice?.amount ?? 0) * (quantity + 1),
    0,
  );
  const shippingAddress = { name: 'Ada', line1: 'Elsewhere 1', city: 'Leipzig', postalCode: '04109', country: 'DE' };
  return { id: order.id, items, total: { amount: total, currency: 'EUR' }, shippingAddress, sku: line.sku };
}

interface Asking extends Partial<AmendOrderRequest> {
  readonly key?: string;
  readonly at?: Replica;
}

async function amend(id: string, { key = newId<string>(), at = one, ...asked }: Asking) {
  const request = { id, items: [], shippingAddress: undefined, ifVersion: 0, waitMs: 0, ...asked };
  return at.orders.amendOrder(request, { ...CALL, metadata: await fixture.as('anna', { key }) });
}

const look = async (id: string) =>
  (await other.orders.getOrder({ id, minVersion: 0 }, { ...CALL, metadata: await fixture.as('anna') })).order;

describe('asking for an order to be amended', () => {
  it('is recorded, changes nothing yet, and goes to the workflow with what was seen', async () => {
    const { id, items, shippingAddress } = await placed();
    const answer = await amend(id, { items, shippingAddress, ifVersion: 1 });
    expect(answer).toMatchObject({ decision: 'COMMAND_DECISION_PENDING', version: 2, status: 'ORDER_STATUS_PENDING' });
    const sent = (await messagesAbout(fixture.db, id)).filter(({ envelope }) => envelope.type === 'AmendRequested');
    expect(sent.map(({ lane }) => lane)).toEqual(expect.arrayContaining(['events', 'order-processing']));
    expect(sent[0]?.envelope).toMatchObject({
      data: { commandId: answer.commandId, items, shippingAddress, follows: null },
    });
    expect(await violations(fixture.db)).toEqual([]);
  });

  it('is applied as the workflow says: priced anew, shown, and waited for', async () => {
    const { id, items, total, shippingAddress } = await placed();
    const key = newId<string>();
    const { commandId } = await amend(id, { items, key });
    const waiting = amend(id, { items, key, waitMs: 15_000 });
    const record = { orderId: id, commandId, requestedBy: 'customer', items, total, shippingAddress };
    const wrong = { ...record, total: { ...total, amount: total.amount - 1 } };
    await expect(other.progress.recordAmendment(wrong, CALL)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await other.progress.recordAmendment(record, CALL);
    await other.progress.recordAmendment(record, CALL);
    expect(await waiting).toMatchObject({ commandId, decision: 'COMMAND_DECISION_ACCEPTED', version: 3 });
    expect(await look(id)).toMatchObject({
      version: 3,
      total,
      items: items.map((line) => expect.objectContaining(line)),
    });
    expect(await violations(fixture.db)).toEqual([]);
    const { items: timeline } = await one.orders.getTimeline({ id }, { ...CALL, metadata: await fixture.as('anna') });
    expect(timeline.map(({ step }) => step)).toEqual(['place-order', 'request-amend', 'amend']);
  });

  it('is compared with the last change of items or address, so that progress is no conflict', async () => {
    const { id, items, total, shippingAddress } = await placed();
    await confirm(one, id);
    await expect(amend(id, { items, ifVersion: 1 })).resolves.toMatchObject({ decision: 'COMMAND_DECISION_PENDING' });
    const { commandId, version } = await amend(id, { shippingAddress });
    await expect(amend(id, { items, ifVersion: version + 100 })).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
    await one.progress.recordAmendment(
      { orderId: id, commandId, requestedBy: 'a', items, total, shippingAddress },
      CALL,
    );
    await expect(amend(id, { items, ifVersion: version })).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
    await amend(id, { items, ifVersion: version + 1 });
    const asked = (await logOf(fixture.db, id)).filter(({ type }) => type === 'AmendRequested');
    expect(asked.at(-1)).toMatchObject({ data: { follows: commandId } });
  });

  it.each(['TOO_LATE', 'ALREADY_FINAL', 'OUT_OF_STOCK', 'VERSION_MISMATCH'] as const)(
    'may be refused: %s',
    async (code) => {
      const { id, items } = await placed();
      const key = newId<string>();
      const { commandId } = await amend(id, { items, key });
      const decision = { orderId: id, commandId, command: 'amend', accepted: false, code, requestedBy: 'customer' };
      await one.progress.recordDecision(decision, CALL);
      expect(await amend(id, { items, key, at: other })).toMatchObject({
        commandId,
        decision: `COMMAND_DECISION_${code}`,
      });
    },
  );

  it('needs a change, and lines that the order has', async () => {
    const { id, items, sku } = await placed();
    await expect(amend(id, {})).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    for (const quantity of [0, 1_001])
      await expect(amend(id, { items: [{ sku, quantity }] })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(amend(id, { items: [...items, ...items] })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(amend(id, { items: [{ sku: 'OTHER', quantity: 1 }] })).rejects.toMatchObject({ code: 'UNKNOWN_SKU' });
    await expect(amend(newId(), { items })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await logOf(fixture.db, id)).toHaveLength(1);
  });

  it('is refused while too much is undecided', async () => {
    const { id, items } = await placed();
    for (let request = 0; request < 6; request += 1) await amend(id, { items });
    await expect(amend(id, { items })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});
