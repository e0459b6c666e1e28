import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createClient } from '#libs/client/client.js';
import type { Order } from '#libs/contracts/http/orders.js';
import { customer, ledgerOf, orderOf, reservationOf, rows, run, untilStatus } from './running-system.js';

const MINUTE = 60_000;
const somebodyElse = createClient({ url: run.gateway.url, token: run.tokens.otherCustomer });
const operator = createClient({ url: run.gateway.url, token: run.tokens.operator });

async function confirmed(): Promise<Order> {
  const { id } = await customer.placeOrder(orderOf());
  return untilStatus(id, ['CONFIRMED']);
}

/** `requested by customer`, `accepted`, `refused TOO_LATE`: what became of the requests, in the order's log. */
async function commandsOf(id: string): Promise<string[]> {
  const found = await rows<{ type: string; said: string }>(
    'orders',
    `select type, coalesce(data ->> 'code', data ->> 'requestedBy') as said from order_events
     where order_id = $1 and type like 'Cancel%' order by version`,
    [id],
  );
  return found.map(({ type, said }) => `${type} ${said}`);
}

async function undone(id: string): Promise<void> {
  const { total, payment, reason } = await untilStatus(id, ['CANCELLED'], MINUTE);
  expect(reason).toBe('CANCELLED_BY_CUSTOMER');
  const ledger = await ledgerOf(id);
  expect(ledger.refunded).toBe(ledger.captured);
  expect(payment).toMatchObject({ captured: ledger.captured, refunded: ledger.captured });
  expect([0, total.amount]).toContain(ledger.captured);
  expect(['released', 'none']).toContain(await reservationOf(id));
  const shipments = await rows<{ state: string }>('shipping', 'select state from shipments where order_id = $1', [id]);
  expect(shipments.every(({ state }) => state === 'CANCELLED')).toBe(true);
}

describe('cancelling a confirmed order', () => {
  it(
    'is refunded, its stock released, its parcel stopped',
    async () => {
      const { id, total, version } = await confirmed();
      const answer = await customer.cancelOrder(id, { reason: 'Ordered twice', waitS: 20 });
      expect(answer).toMatchObject({ status: 'accepted' });
      expect(answer.version).toBeGreaterThan(version);
      await undone(id);
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: total.amount });
      expect(await reservationOf(id)).toBe('released');
      expect(await commandsOf(id)).toEqual(['CancelRequested customer', 'CancelAccepted customer']);
      const { items } = await customer.getTimeline(id);
      const commands = items.filter(({ kind }) => kind === 'command').map(({ step, outcome }) => `${step} ${outcome}`);
      expect(commands).toEqual(['place-order ok', 'request-cancel ok', 'cancel ok']);
    },
    2 * MINUTE,
  );

  it(
    'twice with one key is one command; with another key, after the end, it is already final',
    async () => {
      const { id } = await confirmed();
      const idempotencyKey = randomUUID();
      const [first, second] = await Promise.all([
        customer.cancelOrder(id, { idempotencyKey }),
        customer.cancelOrder(id, { idempotencyKey }),
      ]);
      expect(second.command).toBe(first.command);
      await undone(id);
      expect(await customer.cancelOrder(id, { idempotencyKey })).toMatchObject({
        command: first.command,
        status: 'accepted',
      });
      expect(await commandsOf(id)).toEqual(['CancelRequested customer', 'CancelAccepted customer']);
      await expect(customer.cancelOrder(id)).rejects.toMatchObject({ code: 'ALREADY_FINAL', status: 409 });
      await expect(customer.cancelOrder(id, { idempotencyKey, reason: 'Other' })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_KEY_REUSED',
      });
    },
    2 * MINUTE,
  );

  it(
    'by an operator is as good as by its customer; to somebody else the order does not exist',
    async () => {
      const { id } = await confirmed();
      await expect(somebodyElse.cancelOrder(id)).rejects.toMatchObject({ code: 'NOT_FOUND', status: 404 });
      expect(await commandsOf(id)).toEqual([]);
      expect(await operator.cancelOrder(id, { waitS: 20 })).toMatchObject({ status: 'accepted' });
      expect(await commandsOf(id)).toEqual(['CancelRequested operator', 'CancelAccepted operator']);
      await undone(id);
    },
    2 * MINUTE,
  );
});

describe('cancelling an order that was placed a moment ago', () => {
  it(
    'undoes what had been done by then, whatever that is',
    async () => {
      const { id } = await customer.placeOrder(orderOf());
      expect(await customer.cancelOrder(id, { waitS: 20 })).toMatchObject({ status: 'accepted' });
      await undone(id);
    },
    2 * MINUTE,
  );
});

describe('cancelling an order whose parcel was handed over', () => {
  it(
    'is refused, and the order goes on to its delivery',
    async () => {
      const { id, total } = await confirmed();
      await untilStatus(id, ['SHIPPED'], MINUTE);
      await expect(customer.cancelOrder(id, { waitS: 20 })).rejects.toMatchObject({ code: 'TOO_LATE', status: 409 });
      await untilStatus(id, ['DELIVERED'], 2 * MINUTE);
      expect(await ledgerOf(id)).toEqual({ charges: 1, captured: total.amount, refunded: 0 });
      expect(await reservationOf(id)).toBe('shipped');
      expect(await commandsOf(id)).toEqual(['CancelRequested customer', 'CancelRefused TOO_LATE']);
    },
    4 * MINUTE,
  );
});
