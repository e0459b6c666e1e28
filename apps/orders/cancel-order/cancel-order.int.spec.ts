import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ending, type CancelOrderRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { newId } from '#libs/kernel/ids.js';
import type { Scope } from '#libs/security/tokens.js';
import { logOf, messagesAbout, violations } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture, type Replica } from '../testing/orders-fixture.js';
import { confirm, factRequest } from '../testing/progress-requests.js';

let fixture: OrdersFixture;
let one: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await ordersFixture({ replicas: 2 });
  [one, other] = fixture.replicas as [Replica, Replica];
});
afterAll(() => fixture.close());

async function placed(subject = 'anna', key: string = newId()): Promise<string> {
  const { order } = await one.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as(subject, { key }) });
  return order?.id ?? '';
}

interface Asking extends Partial<CancelOrderRequest> {
  readonly by?: string;
  readonly key?: string;
  readonly scopes?: readonly Scope[];
  readonly at?: Replica;
  readonly deadlineMs?: number;
}

async function cancel(id: string, asking: Asking = {}) {
  const {
    by = 'anna',
    key = newId<string>(),
    scopes = ['orders:write'],
    at = one,
    deadlineMs = CALL.deadlineMs,
  } = asking;
  const { reason = '', waitMs = 0 } = asking;
  return at.orders.cancelOrder({ id, reason, waitMs }, { deadlineMs, metadata: await fixture.as(by, { key, scopes }) });
}

function decide(orderId: string, commandId: string, code: '' | 'TOO_LATE' | 'ALREADY_FINAL' = '') {
  const record = { orderId, commandId, command: 'cancel', accepted: code === '', code, requestedBy: 'customer' };
  return other.progress.recordDecision(record, CALL);
}

const requestsOf = async (id: string) => (await logOf(fixture.db, id)).filter(({ type }) => type === 'CancelRequested');

async function delivered(): Promise<string> {
  const id = await placed();
  await confirm(one, id);
  await one.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL);
  await one.progress.recordFact(factRequest(id, 'DELIVERED'), CALL);
  return id;
}

describe('asking for an order to be cancelled', () => {
  it('is recorded, leaves the status as it is, and goes to the workflow and to all who listen', async () => {
    const id = await placed();
    const answer = await cancel(id, { reason: 'Ordered twice' });
    expect(answer).toMatchObject({
      decision: 'COMMAND_DECISION_PENDING',
      version: 2,
      status: 'ORDER_STATUS_PENDING',
    });
    const sent = (await messagesAbout(fixture.db, id)).filter(({ envelope }) => envelope.type === 'CancelRequested');
    expect(sent.map(({ lane }) => lane).sort()).toEqual(['events', 'order-processing']);
    const [first, second] = sent.map(({ envelope }) => envelope);
    expect(second).toEqual(first);
    const start = (await messagesAbout(fixture.db, id)).find(
      ({ envelope }) => envelope.type === 'OrderPlaced',
    )?.envelope;
    expect(first).toMatchObject({
      subject: id,
      sequence: 2,
      causationId: answer.commandId,
      data: { commandId: answer.commandId, requestedBy: 'customer', reason: 'Ordered twice', order: start?.data },
    });
    expect(await violations(fixture.db)).toEqual([]);
  });

  it('shows in the timeline, with its decision', async () => {
    const id = await placed();
    const { commandId } = await cancel(id, { reason: 'Ordered twice' });
    await decide(id, commandId, 'TOO_LATE');
    const metadata = await fixture.as('anna');
    const { items } = await one.orders.getTimeline({ id }, { ...CALL, metadata });
    expect(items.map(({ kind, step, outcome, detail }) => [kind, step, outcome, detail]).slice(1)).toEqual([
      ['TIMELINE_KIND_COMMAND', 'request-cancel', 'OUTCOME_OK', 'Ordered twice'],
      ['TIMELINE_KIND_COMMAND', 'cancel', 'OUTCOME_REFUSED', 'TOO_LATE'],
    ]);
  });

  it('may its customer and an operator; to others the order does not exist', async () => {
    const id = await placed();
    await expect(cancel(id, { by: 'bert' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(cancel(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await requestsOf(id)).toEqual([]);
    await cancel(id, { by: 'olga', scopes: ['ops'] });
    expect(await requestsOf(id)).toMatchObject([{ data: { requestedBy: 'operator' } }]);
  });

  it('needs a token that may write, a key, and sense', async () => {
    const id = await placed();
    await expect(one.orders.cancelOrder({ id, reason: '', waitMs: 0 }, CALL)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    await expect(cancel(id, { scopes: ['orders:read'] })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(cancel(id, { key: '' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_MISSING' });
    for (const wrong of [{ reason: 'x'.repeat(501) }, { reason: 'a\u0000b' }, { waitMs: 30_001 }, { waitMs: -1 }])
      await expect(cancel(id, wrong)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(cancel('x')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await requestsOf(id)).toEqual([]);
  });
});

describe('a repeated request', () => {
  it('with the same key is the same command, at every process, however it was decided and ended', async () => {
    const id = await placed();
    const key = newId<string>();
    const first = await cancel(id, { key });
    expect(await cancel(id, { key, at: other })).toEqual(first);
    await decide(id, first.commandId);
    await one.progress.beginUndo({ orderId: id, ending: Ending.CANCELLED, reason: 'CANCELLED_BY_CUSTOMER' }, CALL);
    await one.progress.recordEnding({ orderId: id, ending: Ending.CANCELLED }, CALL);
    expect(await cancel(id, { key })).toMatchObject({
      commandId: first.commandId,
      decision: 'COMMAND_DECISION_ACCEPTED',
      status: 'ORDER_STATUS_CANCELLED',
    });
    expect(await requestsOf(id)).toHaveLength(1);
  });

  it('at once, at two processes, is recorded once', async () => {
    const id = await placed();
    const key = newId<string>();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => cancel(id, { key, at: n % 2 ? one : other })),
    );
    expect(new Set(answers.map(({ commandId }) => commandId)).size).toBe(1);
    expect(await requestsOf(id)).toHaveLength(1);
    expect(await violations(fixture.db)).toEqual([]);
  });

  it('with another body, for another order or for another purpose is refused', async () => {
    const [id, second] = [await placed(), await placed()];
    const key = newId<string>();
    await cancel(id, { key, reason: 'Ordered twice' });
    await expect(cancel(id, { key })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    await expect(cancel(second, { key, reason: 'Ordered twice' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    await expect(placed('anna', key)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    const placing = newId<string>();
    const third = await placed('anna', placing);
    await expect(cancel(third, { key: placing })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect([await requestsOf(second), await requestsOf(third)]).toEqual([[], []]);
  });

  it('with the key of another caller is a command of its own', async () => {
    const id = await placed();
    const key = newId<string>();
    const byCustomer = await cancel(id, { key });
    const byOperator = await cancel(id, { key, by: 'olga', scopes: ['ops'] });
    expect(byOperator.commandId).not.toBe(byCustomer.commandId);
    expect(await requestsOf(id)).toHaveLength(2);
  });
});

describe('two requests at once', () => {
  it('are both recorded, and both decided', async () => {
    const id = await placed();
    const answers = await Promise.all([cancel(id), cancel(id, { at: other })]);
    for (const { commandId } of answers) await decide(id, commandId);
    expect(await requestsOf(id)).toHaveLength(2);
    expect(await violations(fixture.db)).toEqual([]);
  });
});

describe('an order that has ended', () => {
  it('refuses at once, every time, and records nothing', async () => {
    const id = await delivered();
    const key = newId<string>();
    const refusal = { decision: 'COMMAND_DECISION_ALREADY_FINAL', status: 'ORDER_STATUS_DELIVERED' };
    const before = await logOf(fixture.db, id);
    // With a wait: there is nothing to wait for.
    expect(await cancel(id, { key, waitMs: 30_000 })).toMatchObject(refusal);
    expect(await cancel(id, { key, waitMs: 30_000 })).toMatchObject(refusal);
    expect(await cancel(id, { at: other })).toMatchObject(refusal);
    expect(await logOf(fixture.db, id)).toEqual(before);
  });
});

describe('waiting for the decision', () => {
  it.each(['', 'TOO_LATE', 'ALREADY_FINAL'] as const)('ends when another process records it (%s)', async (code) => {
    const id = await placed();
    const key = newId<string>();
    const { commandId } = await cancel(id, { key });
    const waiting = cancel(id, { key, waitMs: 15_000 });
    await decide(id, newId(), 'TOO_LATE'); // somebody else's
    await decide(id, commandId, code);
    expect(await waiting).toMatchObject({ commandId, decision: `COMMAND_DECISION_${code || 'ACCEPTED'}` });
  });

  it('lasts no longer than the deadline allows, nor than was asked for', async () => {
    const id = await placed();
    const pending = { decision: 'COMMAND_DECISION_PENDING' };
    await expect(cancel(id, { waitMs: 15_000, deadlineMs: 2_500 })).resolves.toMatchObject(pending);
    const began = Date.now();
    await expect(cancel(id, { waitMs: 200 })).resolves.toMatchObject(pending);
    expect(Date.now() - began).toBeGreaterThanOrEqual(200);
  });
});
