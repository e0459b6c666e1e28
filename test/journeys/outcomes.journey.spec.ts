import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Order, TimelineEntry } from '#libs/contracts/http/orders.js';
import { customer, ledgerOf, orderOf, reservationOf, rows, untilStatus } from './running-system.js';

const MINUTE = 60_000;
const SEVERAL = ['MUG-ENAMEL', 'COFFEE-ESPRESSO-1KG', 'PEN-FOUNTAIN'].map((sku) => ({ sku, quantity: 1 }));

/** Placed together at the start: most of them spend their time waiting. */
const SCENARIOS = {
  happy: orderOf(),
  several: orderOf({ items: SEVERAL }),
  declined: orderOf({ paymentMethod: 'pm_declined' }),
  poor: orderOf({ paymentMethod: 'pm_insufficient_funds' }),
  flaky: orderOf({ paymentMethod: 'pm_flaky' }),
  lostReply: orderOf({ paymentMethod: 'pm_lost_reply' }),
  notServed: orderOf({ country: 'ZZ' }),
  flakyRefund: orderOf({ country: 'ZZ', paymentMethod: 'pm_refund_flaky' }),
};
type Scenario = keyof typeof SCENARIOS;

const placed = new Map<string, Order>();

beforeAll(async () => {
  for (const [name, body] of Object.entries(SCENARIOS)) placed.set(name, await customer.placeOrder(body));
}, MINUTE);

function orderFor(scenario: Scenario): Order {
  const order = placed.get(scenario);
  if (order === undefined) throw new Error(`${scenario} was not placed`);
  return order;
}

async function steps(id: string): Promise<string[]> {
  const { items } = await customer.getTimeline(id);
  return items.map(({ kind, step, attempt, outcome }: TimelineEntry) => `${kind} ${step} ${attempt} ${outcome}`);
}

describe('every accepted order', () => {
  it('is pending at version 1, and nothing has been charged', () => {
    for (const order of placed.values()) {
      expect(order).toMatchObject({
        status: 'PENDING',
        version: 1,
        needsAttention: null,
        payment: { status: 'NONE', captured: 0, refunded: 0 },
      });
    }
  });
});

describe.each<Scenario>(['happy', 'several'])('an order that nothing keeps from its way (%s)', (scenario) => {
  it(
    'is confirmed, dispatched and delivered; charged once, its stock shipped',
    async () => {
      const { id, total } = orderFor(scenario);
      const confirmed = await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
      expect(confirmed.payment).toEqual({ status: 'CAPTURED', captured: total.amount, refunded: 0 });
      expect(confirmed.shipments).toHaveLength(1);
      const delivered = await untilStatus(id, ['DELIVERED'], 2 * MINUTE);
      expect(delivered.shipments[0]?.status).toBe('DELIVERED');
      const happened = await steps(id);
      expect(happened.filter((entry) => entry.startsWith('step'))).toEqual([
        'step reserve-inventory 1 ok',
        'step process-payment 1 ok',
        'step schedule-shipping 1 ok',
      ]);
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: 0 });
      expect(await reservationOf(id)).toBe('shipped');
    },
    3 * MINUTE,
  );
});

describe('an order whose payment is declined', () => {
  it.each<[Scenario, string]>([
    ['declined', 'PAYMENT_DECLINED'],
    ['poor', 'INSUFFICIENT_FUNDS'],
  ])(
    '(%s) is rejected; nothing charged, its stock released',
    async (scenario, reason) => {
      const { id } = orderFor(scenario);
      const rejected = await untilStatus(id, ['REJECTED']);
      expect(rejected).toMatchObject({ reason, payment: { captured: 0, refunded: 0, status: 'DECLINED' } });
      expect(await steps(id)).toEqual(
        expect.arrayContaining(['step process-payment 1 refused', 'undo reserve-inventory 1 ok']),
      );
      expect(await ledgerOf(id)).toEqual({ charges: 0, captured: 0, refunded: 0 });
      expect(await reservationOf(id)).toBe('released');
    },
    MINUTE,
  );
});

describe('an order whose payment is troubled', () => {
  it(
    'is charged once at the third attempt when the provider fails twice',
    async () => {
      const { id, total } = orderFor('flaky');
      await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
      expect(await steps(id)).toEqual(
        expect.arrayContaining([
          'step process-payment 1 failed',
          'step process-payment 2 failed',
          'step process-payment 3 ok',
        ]),
      );
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: 0 });
    },
    2 * MINUTE,
  );

  it(
    'is charged once when the provider charges and its reply is lost',
    async () => {
      const { id, total } = orderFor('lostReply');
      await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: 0 });
    },
    2 * MINUTE,
  );
});

describe('an order to a country that no carrier serves', () => {
  it.each<Scenario>(['notServed', 'flakyRefund'])(
    '(%s) is rejected; refunded once and whole, its stock released',
    async (scenario) => {
      const { id, total } = orderFor(scenario);
      const rejected = await untilStatus(id, ['REJECTED'], 2 * MINUTE);
      expect(rejected).toMatchObject({
        reason: 'NOT_SERVED',
        payment: { status: 'REFUNDED', captured: total.amount, refunded: total.amount },
      });
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: total.amount });
      expect(await reservationOf(id)).toBe('released');
      const [shipment] = await rows<{ state: string }>('shipping', 'select state from shipments where order_id = $1', [
        id,
      ]);
      expect(shipment?.state ?? 'CANCELLED').toMatch(/^(REFUSED|CANCELLED)$/);
    },
    3 * MINUTE,
  );
});

describe('an order for what is sold out', () => {
  it('is refused at once and leaves nothing behind', async () => {
    await expect(customer.placeOrder(orderOf({ items: [{ sku: 'SOLD-OUT', quantity: 1 }] }))).rejects.toMatchObject({
      code: 'OUT_OF_STOCK',
    });
    const stock = await rows<{ held: number; reserved: number }>(
      'inventory',
      "select held, reserved from stock where sku = 'SOLD-OUT'",
    );
    expect(stock).not.toHaveLength(0);
    expect(stock.every(({ held, reserved }) => held === 0 && reserved === 0)).toBe(true);
  });
});
