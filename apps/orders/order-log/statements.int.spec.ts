import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { newId } from '#libs/kernel/ids.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { confirm, factRequest, stepRequest } from '../testing/progress-requests.js';

let fixture: OrdersFixture;
beforeAll(async () => void (fixture = await ordersFixture()));
afterAll(() => fixture.close());

/** What runs in the background whether or not anybody calls: the relay, its lease, the counting of the backlog, forgetting. */
const BACKGROUND = /from outbox\b|outbox_lease|select count\(\*\)|delete from idempotency_claims where \(/i;

/** The statements that a piece of work sends; each is a commit of its own. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = jest.spyOn(Client.prototype, 'query');
  await work();
  const texts = query.mock.calls.map(([first]) => (first as unknown as { text?: string }).text ?? String(first));
  query.mockRestore();
  return texts.filter((text) => !BACKGROUND.test(text)).map((text) => text.trim().split(/\s+/).slice(0, 4).join(' '));
}

const CLAIM = 'with taken as (';
const RECORD = 'with answered as (';
const APPEND = 'with changed as (';

describe('the price of an order, in statements', () => {
  it('is two to place it, and one to repeat its answer', async () => {
    const metadata = await fixture.as('anna');
    const place = () => fixture.first.orders.createOrder(wish(), { ...CALL, metadata });
    expect(await statementsOf(place)).toEqual([CLAIM, RECORD]);
    expect(await statementsOf(place)).toEqual([CLAIM]);
  });

  it('is one for each record, with its events, snapshot and messages', async () => {
    const metadata = await fixture.as('anna', { key: newId() });
    const { order } = await fixture.first.orders.createOrder(wish(), { ...CALL, metadata });
    const id = order?.id ?? '';
    expect(await statementsOf(() => confirm(fixture.first, id))).toEqual([APPEND, APPEND, APPEND]);
    const ship = () => fixture.first.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL);
    expect(await statementsOf(ship)).toEqual([APPEND]);
  });

  it('is one read for a repeated record, and no write', async () => {
    const { order } = await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('bert') });
    const record = () => fixture.first.progress.recordStep(stepRequest(order?.id ?? '', 'reserve-inventory'), CALL);
    await record();
    expect(await statementsOf(record)).toEqual([expect.stringMatching(/^select/)]);
  });
});
