import { describe, expect, it } from '@jest/globals';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { eventually } from '#libs/testing/eventually.js';
import { callersOf, OWNER } from '../edge/callers.js';
import { cellsOf, look, type Cell, type Leak, type OwnersThings } from '../edge/role-matrix.js';
import { customer, orderOf, rows, run, untilStatus } from './running-system.js';

const AT_ONCE = 16;
const MINUTE = 60_000;
/** Nobody else's order has these. */
const NAME = 'Zyxwvuta Matrix';
const LINE = 'Qwertzuiop 77';

/** An order that has ended, with an invoice and a credit note: nothing changes any more but by a leak. */
async function given(): Promise<OwnersThings> {
  const body = orderOf({ country: 'ZZ' });
  const { id } = await customer.placeOrder({
    ...body,
    shippingAddress: { ...body.shippingAddress, name: NAME, line1: LINE },
  });
  await untilStatus(id, ['REJECTED']);
  const number = await eventually(async () => {
    const [first] = (await customer.listInvoices(id)).items;
    if (first === undefined) throw new Error('no invoice yet');
    return first.number;
  });
  return { orderId: id, invoice: number, marks: [id, OWNER, NAME, LINE, number] };
}

/** What the requests could have changed, as far as no other journey changes it: a price, and letters of a queue of mails. */
const traces = async (id: string): Promise<unknown> => ({
  order: await rows('orders', 'select version, status from orders where id = $1', [id]),
  events: await rows('orders', 'select count(*) from order_events where order_id = $1', [id]),
  products: await rows('catalog', "select * from products where sku <> 'DESK-LAMP-BRASS' order by sku"),
  letters: await rows('operations', "select count(*) from dead_letters where queue <> 'email-notifications'"),
});

async function lookEverywhere(cells: readonly Cell[], things: OwnersThings): Promise<Leak[]> {
  const waiting = [...cells];
  const leaks: Leak[] = [];
  const worker = async (): Promise<void> => {
    for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop())
      leaks.push(...(await look(run.gateway.url, cell, things)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return leaks;
}

describe('every route, asked for by everybody', () => {
  it(
    'gives to each what is theirs, tells nothing of the rest and changes nothing',
    async () => {
      const things = await given();
      const cells = cellsOf(OPERATIONS, await callersOf(String(process.env['WAYBILL_RUN_FILE'])));
      const before = await traces(things.orderId);
      const leaks = await lookEverywhere(cells, things);
      process.stderr.write(`roles: ${OPERATIONS.length} routes, ${cells.length} requests, ${leaks.length} leaks\n`);
      expect(leaks).toEqual([]);
      expect(cells.length).toBeGreaterThan(OPERATIONS.length * 30);
      expect(await traces(things.orderId)).toEqual(before);
    },
    MINUTE,
  );
});
