import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrderStatus, type ListOrdersRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { Scope } from '#libs/security/tokens.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { confirm } from '../testing/progress-requests.js';

let fixture: OrdersFixture;
/** Anna's, newest first. */
let ids: string[];
const COUNT = 25;
beforeAll(async () => {
  fixture = await ordersFixture();
  ids = [];
  for (let index = 0; index < COUNT; index += 1) ids.unshift(await place('anna'));
  await place('bert');
  for (const id of [ids[3], ids[9]]) await confirm(fixture.first, id ?? '');
});
afterAll(() => fixture.close());

async function place(subject: string): Promise<string> {
  const { order } = await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as(subject) });
  return order?.id ?? '';
}

async function list(changes: Partial<ListOrdersRequest> = {}, subject = 'anna', scopes: Scope[] = ['orders:read']) {
  const request = { status: OrderStatus.UNSPECIFIED, cursor: '', limit: 0, ...changes };
  const metadata = await fixture.as(subject, { scopes });
  const { items, nextCursor } = await fixture.first.orders.listOrders(request, { ...CALL, metadata });
  return { ids: items.map(({ id }) => id), items, nextCursor };
}

describe('listing orders', () => {
  it('begins with the newest, twenty unless asked otherwise', async () => {
    const page = await list();
    expect(page.ids).toEqual(ids.slice(0, 20));
    expect(page.items[3]).toMatchObject({ status: 'ORDER_STATUS_CONFIRMED', version: 5, customerId: 'anna' });
  });

  it('goes on page by page, each order once, though new ones come meanwhile', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await list({ limit: 7, cursor });
      seen.push(...page.ids);
      cursor = page.nextCursor;
      if (seen.length === 7) ids.unshift(await place('anna'));
    } while (cursor !== '');
    expect(seen).toEqual(ids.slice(1));
  });

  it('ends without a cursor when the last page is full', async () => {
    const page = await list({ limit: 1 }, 'bert');
    expect(page).toMatchObject({ ids: [expect.any(String)], nextCursor: '' });
  });

  it('filters by status', async () => {
    const confirmed = await list({ status: OrderStatus.CONFIRMED });
    const places = ids.length - COUNT;
    expect(confirmed.ids).toEqual([ids[3 + places], ids[9 + places]]);
    expect((await list({ status: OrderStatus.REJECTED })).ids).toEqual([]);
  });

  it("shows nobody another customer's, and an operator everybody's", async () => {
    expect((await list({ limit: 100 }, 'bert')).ids).toHaveLength(1);
    expect((await list({}, 'cleo')).ids).toEqual([]);
    expect((await list({ limit: 100 }, 'olga', ['ops'])).ids).toHaveLength(ids.length + 1);
  });

  it.each<[string, Partial<ListOrdersRequest>]>([
    ['a cursor of nobody', { cursor: 'nonsense' }],
    ['a cursor that holds something else', { cursor: Buffer.from("' or 1=1").toString('base64url') }],
    ['a negative limit', { limit: -1 }],
    ['a limit above 100', { limit: 101 }],
  ])('refuses %s', async (_case, changes) => {
    await expect(list(changes)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('needs a token that may read', async () => {
    await expect(list({}, 'anna', ['orders:write'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
