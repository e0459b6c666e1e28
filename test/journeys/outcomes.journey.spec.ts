import { describe, expect, it } from '@jest/globals';
import type { Order, TimelineEntry } from '#libs/contracts/http/orders.js';
import { customer, ledgerOf, orderOf, reservationOf, rows, untilStatus } from './running-system.js';

const MINUTE = 60_000;

async function place(change: Parameters<typeof orderOf>[0]): Promise<Order> {
  const order = await customer.placeOrder(orderOf(change));
  expect(order).toMatchObject({ status: 'PENDING', version: 1, needsAttention: null, payment: { captured: 0, refunded: 0 } });
  return order;
}

async function steps(id: string): Promise<string[]> {
  const { items } = await customer.getTimeline(id);
  return items.map(({ kind, step, attempt, outcome }: TimelineEntry) => `${kind} ${step} ${attempt} ${outcome}`);
}

describe.each([{ lines: 1 }, { lines: 3 }])('an order of $lines lines that nothing keeps from its way', ({ lines }) => {
  it(
    'is confirmed, dispatched and delivered; charged once, its stock shipped',
    async () => {
      const skus = ['MUG-ENAMEL', 'COFFEE-ESPRESSO-1KG', 'PEN-FOUNTAIN'].slice(0, lines);
      const { id, total } = await place({ items: skus.map((sku) => ({ sku, quantity: 1 })) });
      const confirmed = await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
      expect(confirmed.payment).toEqual({ status: 'CAPTURED', captured: total.amount, refunded: 0 });
      expect(confirmed.shipments).toHaveLength(1);
      expect(await steps(id)).toEqual(expect.arrayContaining(['step reserve-inventory 1 ok', 'step process-payment 1 ok', 'step schedule-shipping 1 ok']));
      const delivered = await untilStatus(id, ['DELIVERED'], 2 * MINUTE);
      expect(delivered.shipments[0]?.status).toBe('DELIVERED');
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: 0 });
      expect(await reservationOf(id)).toBe('shipped');
    },
    3 * MINUTE,
  );
});

describe('an order whose payment is declined', () => {
  it.each([
    ['pm_declined', 'PAYMENT_DECLINED'],
    ['pm_insufficient_funds', 'INSUFFICIENT_FUNDS'],
  ])('with %s is rejected; nothing charged, its stock released', async (paymentMethod, reason) => {
    const { id } = await place({ paymentMethod });
    const rejected = await untilStatus(id, ['REJECTED']);
    expect(rejected).toMatchObject({ reason, payment: { captured: 0, refunded: 0, status: 'DECLINED' } });
    expect(await steps(id)).toEqual(expect.arrayContaining(['step process-payment 1 refused', 'undo reserve-inventory 1 ok']));
    expect(await ledgerOf(id)).toEqual({ charges: 0, captured: 0, refunded: 0 });
    expect(await reservationOf(id)).toBe('released');
  }, MINUTE);
});

describe('an order whose payment is troubled', () => {
  it(
    'is charged once at the third attempt when the provider fails twice',
    async () => {
      const { id, total } = await place({ paymentMethod: 'pm_flaky' });
      await untilStatus(id, ['CONFIRMED', 'SHIPPED']);
      expect(await steps(id)).toEqual(expect.arrayContaining(['step process-payment 1 failed', 'step process-payment 2 failed', 'step process-payment 3 ok']));
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: 0 });
    },
    2 * MINUTE,
  );

  it(
    'is charged once when the provider charges and its reply is lost',
    async () => {
      const { id, total } = await place({ paymentMethod: 'pm_lost_reply' });
      await untilStatus(id, ['CONFIRMED', 'SHIPPED']);
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: 0 });
    },
    2 * MINUTE,
  );
});

describe('an order to a country that no carrier serves', () => {
  it.each(['pm_ok', 'pm_refund_flaky'])(
    'paid with %s is rejected; refunded once and whole, its stock released',
    async (paymentMethod) => {
      const { id, total } = await place({ paymentMethod, country: 'ZZ' });
      const rejected = await untilStatus(id, ['REJECTED'], 2 * MINUTE);
      expect(rejected).toMatchObject({ reason: 'NOT_SERVED', payment: { status: 'REFUNDED', captured: total.amount, refunded: total.amount } });
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: total.amount });
      expect(await reservationOf(id)).toBe('released');
      const [shipment] = await rows<{ state: string }>('shipping', 'select state from shipments where order_id = $1', [id]);
      expect(shipment?.state ?? 'CANCELLED').toMatch(/^(REFUSED|CANCELLED)$/);
    },
    3 * MINUTE,
  );
});

describe('an order for what is sold out', () => {
  it('is refused at once and leaves nothing behind', async () => {
    const before = await customer.listOrders({ limit: 1 });
    await expect(customer.placeOrder(orderOf({ items: [{ sku: 'SOLD-OUT', quantity: 1 }] }))).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
    const stock = await rows<{ held: number; reserved: number }>('inventory', "select held, reserved from stock where sku = 'SOLD-OUT'");
    expect(stock.every(({ held, reserved }) => held === 0 && reserved === 0)).toBe(true);
    expect(before.items.every(({ items }) => items.every(({ sku }) => sku !== 'SOLD-OUT'))).toBe(true);
  });
});
