import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CreateOrderRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { newId } from '#libs/kernel/ids.js';
import { claimsOf, logOf, messagesAbout, ordersOf, violations } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';

let fixture: OrdersFixture;
beforeAll(async () => void (fixture = await ordersFixture()));
afterEach(async () => expect(await violations(fixture.db)).toEqual([]));
afterAll(() => fixture.close());

const place = async (subject: string, request: CreateOrderRequest = wish(), key: string = newId()) =>
  fixture.first.orders.createOrder(request, { ...CALL, metadata: await fixture.as(subject, { key }) });

describe('placing an order', () => {
  it('answers with the order, priced by the catalogue', async () => {
    const items = [
      { sku: 'MUG', quantity: 2 },
      { sku: 'TEA', quantity: 3 },
    ];
    const { order, replayed } = await place('anna', wish({ items }));
    expect(replayed).toBe(false);
    expect(order).toMatchObject({
      customerId: 'anna',
      status: 'ORDER_STATUS_PENDING',
      version: 1,
      items: [
        { sku: 'MUG', name: 'The MUG', quantity: 2, unitPrice: { amount: 1299 }, lineTotal: { amount: 2598 } },
        { sku: 'TEA', name: 'The TEA', quantity: 3, unitPrice: { amount: 450 }, lineTotal: { amount: 1350 } },
      ],
      total: { amount: 3948, currency: 'EUR' },
      payment: { status: 'PAYMENT_STATUS_NONE', captured: 0, refunded: 0 },
      shipments: [],
    });
    expect(order?.needsAttention).toBeUndefined();
    expect(order?.createdAt).toEqual(order?.updatedAt);
  });

  it('holds the stock under the id of the order', async () => {
    const { order } = await place('bert');
    expect(fixture.peers.holds.get(order?.id ?? '')).toEqual([{ sku: 'MUG', quantity: 2 }]);
  });

  it('records event, snapshot, answer and both messages', async () => {
    const { order } = await place('cleo', wish({ shippingMethod: 'express' }));
    const id = order?.id ?? '';
    const [event, ...more] = await logOf(fixture.db, id);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ version: 1, type: 'OrderPlaced', schema_version: 2, causation_id: null });
    expect(event?.data).toMatchObject({
      orderId: id,
      customerId: 'cleo',
      paymentMethod: 'pm_ok',
      shippingMethod: 'express',
      shippingAddress: { city: 'Berlin', country: 'DE' },
      placedBy: { subject: 'cleo', kind: 'customer' },
      placedAt: order?.createdAt?.toISOString(),
    });
    expect(await ordersOf(fixture.db, 'cleo')).toMatchObject([{ id, version: 1, status: 'PENDING', open: true }]);
    expect(await claimsOf(fixture.db, 'cleo')).toMatchObject([{ order_id: id, answer: expect.any(Buffer) }]);

    const [forWorkflow, forAll] = await messagesAbout(fixture.db, id);
    expect([forWorkflow?.lane, forAll?.lane]).toEqual(['order-processing', 'events']);
    expect(forWorkflow?.envelope).toEqual(forAll?.envelope);
    expect(forAll?.envelope).toMatchObject({
      type: 'OrderPlaced',
      producer: 'orders',
      subject: id,
      correlationId: id,
      sequence: 1,
      data: event?.data,
    });
  });

  it('takes "standard" for a shipping method that was left out', async () => {
    const { order } = await place('dora');
    expect(await logOf(fixture.db, order?.id ?? '')).toMatchObject([{ data: { shippingMethod: 'standard' } }]);
  });
});

describe('repeating a request', () => {
  it('gives the stored answer, with no second effect', async () => {
    const key = newId<string>();
    const first = await place('emil', wish(), key);
    const calls = fixture.peers.holding.calls;
    const again = await place('emil', wish(), key);
    expect(again).toEqual({ order: first.order, replayed: true });
    expect(await ordersOf(fixture.db, 'emil')).toHaveLength(1);
    expect(fixture.peers.holding.calls).toBe(calls);
  });

  it('tells a different request under the same key', async () => {
    const key = newId<string>();
    await place('fred', wish(), key);
    const others: CreateOrderRequest[] = [
      wish({ items: [{ sku: 'MUG', quantity: 3 }] }),
      wish({ items: [{ sku: 'TEA', quantity: 2 }] }),
      wish({ paymentMethod: 'pm_declined' }),
      wish({ shippingMethod: 'express' }),
      wish({ shippingAddress: { ...address(), line1: 'Street 2' } }),
    ];
    for (const other of others) {
      await expect(place('fred', other, key)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    }
    await expect(place('fred', wish({ customerId: 'fred', shippingMethod: 'standard' }), key)).resolves.toMatchObject({
      replayed: true,
    });
    expect(await ordersOf(fixture.db, 'fred')).toHaveLength(1);
  });

  it('tells an order for another customer, when an operator uses a key twice', async () => {
    const metadata = await fixture.as('olga', { scopes: ['ops'] });
    const placeFor = (customerId: string) =>
      fixture.first.orders.createOrder(wish({ customerId }), { ...CALL, metadata });
    await placeFor('gerd');
    await expect(placeFor('gabi')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await ordersOf(fixture.db, 'gabi')).toEqual([]);
  });

  it('never gives one customer the answer of another', async () => {
    const key = newId<string>();
    const hers = await place('gina', wish(), key);
    const his = await place('hugo', wish(), key);
    expect(his).toMatchObject({ replayed: false, order: { customerId: 'hugo' } });
    expect(his.order?.id).not.toBe(hers.order?.id);
  });
});

describe('who may place an order', () => {
  const call = async (metadata: Record<string, string>, request = wish()) =>
    fixture.first.orders.createOrder(request, { ...CALL, metadata });

  it('is whoever has a valid token with the scope', async () => {
    const metadata = await fixture.as('ida');
    await expect(call({ 'idempotency-key': 'k' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(call({ ...metadata, authorization: 'Bearer nonsense' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const reader = await fixture.as('ida', { scopes: ['orders:read'] });
    await expect(call(reader)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('is a customer for itself only, and an operator for anybody', async () => {
    const metadata = await fixture.as('jan');
    await expect(call(metadata, wish({ customerId: 'kim' }))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(call(metadata, wish({ customerId: 'jan' }))).resolves.toMatchObject({ order: { customerId: 'jan' } });
    const operator = await fixture.as('olga', { scopes: ['ops'] });
    await expect(call(operator, wish({ customerId: 'kim' }))).resolves.toMatchObject({ order: { customerId: 'kim' } });
    expect(await ordersOf(fixture.db, 'kim')).toHaveLength(1);
  });

  it('needs an idempotency key', async () => {
    const { authorization = '' } = await fixture.as('lea');
    await expect(call({ authorization })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_MISSING' });
    const long = { authorization, 'idempotency-key': 'x'.repeat(256) };
    await expect(call(long)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('a request that is not valid', () => {
  const item = { sku: 'MUG', quantity: 1 };
  it.each<[string, Partial<CreateOrderRequest>]>([
    ['no lines', { items: [] }],
    ['101 lines', { items: Array.from({ length: 101 }, (_, index) => ({ sku: `SKU-${index}`, quantity: 1 })) }],
    ['a quantity of zero', { items: [{ ...item, quantity: 0 }] }],
    ['a negative quantity', { items: [{ ...item, quantity: -1 }] }],
    ['a quantity above 1000', { items: [{ ...item, quantity: 1_001 }] }],
    ['a SKU that appears twice', { items: [item, { ...item, quantity: 2 }] }],
    ['an empty SKU', { items: [{ ...item, sku: '' }] }],
    ['an endless SKU', { items: [{ ...item, sku: 'X'.repeat(65) }] }],
    ['a SKU that Postgres cannot store', { items: [{ ...item, sku: 'A\u0000B' }] }],
    ['no payment method', { paymentMethod: '' }],
    ['no address', { shippingAddress: undefined }],
    ['an address without a name', { shippingAddress: { ...address(), name: '' } }],
    ['an address without a street', { shippingAddress: { ...address(), line1: '' } }],
    ['an address without a city', { shippingAddress: { ...address(), city: ' ' } }],
    ['an address without a postal code', { shippingAddress: { ...address(), postalCode: '' } }],
    ['a country that is no code', { shippingAddress: { ...address(), country: 'Germany' } }],
    ['a country in lower case', { shippingAddress: { ...address(), country: 'de' } }],
  ])('with %s is refused before anything is done', async (_case, changes) => {
    const { pricing, holding } = fixture.peers;
    const before = [pricing.calls, holding.calls];
    await expect(place('mona', wish(changes))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect([pricing.calls, holding.calls]).toEqual(before);
    expect(await claimsOf(fixture.db, 'mona')).toEqual([]);
  });

  it('may still be as large as the contract allows', async () => {
    const skus = Array.from({ length: 100 }, (_, index) => `BULK-${index}`);
    for (const sku of skus) {
      fixture.peers.prices.set(sku, 5);
      fixture.peers.available.set(sku, 1_000);
    }
    const { order } = await place('nils', wish({ items: skus.map((sku) => ({ sku, quantity: 1_000 })) }));
    expect(order?.total).toEqual({ amount: 500_000, currency: 'EUR' });
    expect(order?.items).toHaveLength(100);
  });
});

function address() {
  return { name: 'Ada Lovelace', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
}
