import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BulkUpdateOrdersRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { withCallContext } from '#libs/grpc/call-context.js';
import { newId } from '#libs/kernel/ids.js';
import type { Scope } from '#libs/security/tokens.js';
import { logOf, violations } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture, type Replica } from '../testing/orders-fixture.js';
import { BulkUpdate, type BulkCall } from './bulk-update.js';

let fixture: OrdersFixture;
let one: Replica;
beforeAll(async () => {
  fixture = await ordersFixture({});
  [one] = fixture.replicas as [Replica];
});
afterAll(() => fixture.close());

async function placed(subject = 'anna'): Promise<string> {
  const { order } = await one.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as(subject) });
  return order?.id ?? '';
}

async function bulk(lines: readonly BulkUpdateOrdersRequest[], by = 'anna', scopes: Scope[] = ['orders:write']) {
  const metadata = await fixture.as(by, { scopes });
  return (await one.orders.bulkUpdateOrders(lines, { deadlineMs: 10_000, metadata })).results;
}

const cancelOf = (id: string, key: string = newId()): BulkUpdateOrdersRequest => ({ id, key, cancel: { reason: '' } });
const typesOf = async (id: string) => (await logOf(fixture.db, id)).map(({ type }) => type);

describe('many commands in one call', () => {
  it('have a result each, in their order', async () => {
    const [first, second, foreign] = [await placed(), await placed(), await placed('bert')];
    const shippingAddress = { name: 'Ada', line1: 'Elsewhere 1', city: 'Leipzig', postalCode: '04109', country: 'DE' };
    const results = await bulk([
      cancelOf(first),
      cancelOf(newId()),
      { id: second, key: newId(), amend: { items: [], shippingAddress, ifVersion: 1 } },
      cancelOf(foreign),
      { id: second, key: newId(), amend: { items: [], shippingAddress: undefined, ifVersion: 0 } },
      cancelOf('x'),
      { id: second, key: newId() },
      cancelOf(second, ''),
      { id: second, key: newId(), amend: { items: [], shippingAddress, ifVersion: 9 } },
    ]);
    expect(results.map(({ decision, code }) => code || decision)).toEqual([
      'COMMAND_DECISION_PENDING',
      'NOT_FOUND',
      'COMMAND_DECISION_PENDING',
      'NOT_FOUND',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'IDEMPOTENCY_KEY_MISSING',
      'VERSION_MISMATCH',
    ]);
    expect(await typesOf(first)).toEqual(['OrderPlaced', 'CancelRequested']);
    expect(await typesOf(second)).toEqual(['OrderPlaced', 'AmendRequested']);
    expect(await typesOf(foreign)).toEqual(['OrderPlaced']);
    expect(await violations(fixture.db)).toEqual([]);
  });

  it('are carried out once, however often they come', async () => {
    const id = await placed();
    const line = cancelOf(id);
    const calls = await Promise.all([bulk([line, line, line]), bulk([line])]);
    expect(new Set(calls.flat().map(({ decision }) => decision))).toEqual(new Set(['COMMAND_DECISION_PENDING']));
    expect(await typesOf(id)).toEqual(['OrderPlaced', 'CancelRequested']);
  });

  it('given a call that was broken off and is made again, then each is one command, and told to be the one of before', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => placed()));
    const lines = ids.map((id) => cancelOf(id));
    const { authorization } = await fixture.as('anna');
    const update = one.app.get(BulkUpdate, { strict: false });
    const torn = async function* () {
      yield* lines.slice(0, 3);
      throw new Error('the connection broke');
    };
    const context = { deadline: Date.now() + 10_000, ...(authorization !== undefined && { authorization }) };
    const call = Readable.from(torn()) as unknown as BulkCall;
    await expect(withCallContext(context, () => update.execute(call))).rejects.toThrow('the connection broke');
    await bulk(lines.slice(0, 3));
    const again = await bulk(lines);
    expect(again.map(({ replayed }) => replayed)).toEqual([true, true, true, false, false, false]);
    expect((await bulk(lines)).every(({ replayed }) => replayed)).toBe(true);
    for (const id of ids) expect(await typesOf(id)).toEqual(['OrderPlaced', 'CancelRequested']);
  });

  it('are five hundred at most', async () => {
    const lines = Array.from({ length: 501 }, () => cancelOf(newId()));
    await expect(bulk(lines)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    const results = await bulk(lines.slice(1));
    expect(results).toHaveLength(500);
    expect(new Set(results.map(({ code }) => code))).toEqual(new Set(['NOT_FOUND']));
  });

  it('given too little time is left, then none is started any more, and what is known is answered', async () => {
    const id = await placed();
    const { authorization } = await fixture.as('anna');
    const call = Readable.from([cancelOf(id), cancelOf(newId()), cancelOf('x')]) as unknown as BulkCall;
    const update = one.app.get(BulkUpdate, { strict: false });
    const context = { deadline: Date.now() + 490, ...(authorization !== undefined && { authorization }) };
    const { results } = await withCallContext(context, () => update.execute(call));
    expect(results.map(({ code }) => code)).toEqual(['DEADLINE_EXCEEDED', 'NOT_FOUND', 'INVALID_REQUEST']);
    expect(await typesOf(id)).toEqual(['OrderPlaced']);
  });

  it('need a token that may write', async () => {
    await expect(bulk([], 'anna', ['orders:read'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await bulk([])).toEqual([]);
  });
});
