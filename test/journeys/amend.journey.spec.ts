import { describe, expect, it } from '@jest/globals';
import { isWaybillError } from '#libs/kernel/errors.js';
import { customer, ledgerOf, orderOf, rows, untilStatus } from './running-system.js';

const MINUTE = 60_000;
const SKU = 'MUG-ENAMEL';
const ELSEWHERE = { name: 'Ada Lovelace', line1: 'Elsewhere 7', city: 'Leipzig', postalCode: '04109', country: 'DE' };

describe('amending an order', () => {
  it(
    'before it is charged: charged, reserved and sent as it was amended; later: as it was',
    async () => {
      const decisions: string[] = [];
      for (let round = 0; round < 5; round += 1) {
        const { id, version } = await customer.placeOrder(orderOf());
        const asked = customer.amendOrder(
          id,
          { items: [{ sku: SKU, quantity: 5 }] },
          { ifVersion: version, waitS: 20 },
        );
        const decision = await asked.then(
          ({ status }) => status,
          (error: unknown) => (isWaybillError(error) ? error.code : Promise.reject(error as Error)),
        );
        decisions.push(decision);
        const quantity = decision === 'accepted' ? 5 : 2;
        const order = await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED'], MINUTE);
        expect(order.items).toMatchObject([{ quantity, lineTotal: order.total.amount }]);
        expect(await ledgerOf(id)).toEqual({ charges: 1, captured: order.total.amount, refunded: 0 });
        const lines = 'select sum(quantity)::int as quantity from reservation_lines where order_id = $1';
        expect(await rows('inventory', lines, [id])).toEqual([{ quantity }]);
        expect(order.shipments).toMatchObject([{ items: [{ sku: SKU, quantity }] }]);
      }
      expect(decisions.every((decision) => ['accepted', 'TOO_LATE'].includes(decision))).toBe(true);
    },
    3 * MINUTE,
  );

  it(
    'given its payment takes a while, another address is where the parcel goes',
    async () => {
      const { id, version } = await customer.placeOrder(orderOf({ paymentMethod: 'pm_flaky' }));
      const changes = { shippingAddress: ELSEWHERE };
      expect(await customer.amendOrder(id, changes, { ifVersion: version, waitS: 30 })).toMatchObject({
        status: 'accepted',
      });
      const stale = customer.amendOrder(id, { shippingAddress: ELSEWHERE }, { ifVersion: version });
      await expect(stale).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
      await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED'], MINUTE);
      const { items } = await customer.getTimeline(id);
      const commands = items.filter(({ kind }) => kind === 'command').map(({ step, outcome }) => `${step} ${outcome}`);
      expect(commands).toEqual(['place-order ok', 'request-amend ok', 'amend ok']);
      const late = customer.amendOrder(id, { shippingAddress: ELSEWHERE }, { ifVersion: '*', waitS: 20 });
      await expect(late).rejects.toMatchObject({ code: 'TOO_LATE' });
    },
    2 * MINUTE,
  );
});
