import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Direction,
  Ending,
  Outcome,
  ShipmentStatus,
  type RecordStepRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { newId } from '#libs/kernel/ids.js';
import { logOf, messagesAbout, violations } from '../testing/looking-inside.js';
import { CALL, ordersFixture, wish, type OrdersFixture, type Replica } from '../testing/orders-fixture.js';
import { confirm, ENDED, factRequest, shipmentOf, STARTED, stepRequest } from '../testing/progress-requests.js';

let fixture: OrdersFixture;
let one: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await ordersFixture({ replicas: 2 });
  [one, other] = fixture.replicas as [Replica, Replica];
});
afterEach(async () => expect(await violations(fixture.db)).toEqual([]));
afterAll(() => fixture.close());

async function placed(): Promise<string> {
  const { order } = await one.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  return order?.id ?? '';
}
const typesOf = async (orderId: string) => (await logOf(fixture.db, orderId)).map(({ type }) => type);
const undo = { direction: Direction.UNDO };

describe('an order on its way', () => {
  it('is told about step by step, in its log and to everybody', async () => {
    const id = await placed();
    const answers = [
      await one.progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL),
      await one.progress.recordStep(stepRequest(id, 'process-payment'), CALL),
      await one.progress.recordStep(stepRequest(id, 'schedule-shipping'), CALL),
      await one.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL),
      await one.progress.recordFact(factRequest(id, 'DELIVERED'), CALL),
    ];
    expect(answers).toEqual([
      { status: 'ORDER_STATUS_RESERVED', version: 2 },
      { status: 'ORDER_STATUS_PAID', version: 3 },
      { status: 'ORDER_STATUS_CONFIRMED', version: 5 },
      { status: 'ORDER_STATUS_SHIPPED', version: 6 },
      { status: 'ORDER_STATUS_DELIVERED', version: 7 },
    ]);
    const log = await logOf(fixture.db, id);
    const sent = (await messagesAbout(fixture.db, id)).filter(({ lane }) => lane === 'events');
    expect(sent.map(({ envelope }) => [envelope.sequence, envelope.type])).toEqual(
      log.map(({ version, type }) => [version, type]),
    );
    expect(sent.map(({ envelope }) => envelope.data)).toEqual(log.map(({ data }) => data));
    expect(sent[4]?.envelope).toMatchObject({ type: 'OrderConfirmed', data: { shipments: [{ tracking: 'TRK1' }] } });
  });

  it('names the cause of each event: its fact or command, else the event before', async () => {
    const id = await placed();
    await confirm(one, id);
    await one.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL);
    const log = await logOf(fixture.db, id);
    const sent = (await messagesAbout(fixture.db, id)).filter(({ lane }) => lane === 'events');
    expect(log.map(({ causation_id }) => causation_id)).toEqual([
      null,
      ...sent.slice(0, 4).map(({ envelope }) => envelope.id),
      `DISPATCHED-${id}`,
    ]);
    expect(sent.map(({ envelope }) => envelope.causationId)).toEqual(log.map(({ causation_id }) => causation_id));
  });

  it('is rejected once its steps are undone', async () => {
    const id = await placed();
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL);
    const refused = { outcome: Outcome.REFUSED, detail: 'PAYMENT_DECLINED' };
    await one.progress.recordStep(stepRequest(id, 'process-payment', refused), CALL);
    const begin = { orderId: id, ending: Ending.REJECTED, reason: 'PAYMENT_DECLINED' };
    await expect(one.progress.beginUndo(begin, CALL)).resolves.toMatchObject({ status: 'ORDER_STATUS_REJECTING' });
    const end = { orderId: id, ending: Ending.REJECTED };
    await expect(one.progress.recordEnding(end, CALL)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory', undo), CALL);
    await expect(one.progress.recordEnding(end, CALL)).resolves.toMatchObject({ status: 'ORDER_STATUS_REJECTED' });
    const { order } = await one.orders.getOrder({ id, minVersion: 0 }, { ...CALL, metadata: await fixture.as('anna') });
    expect(order).toMatchObject({
      status: 'ORDER_STATUS_REJECTED',
      reason: 'PAYMENT_DECLINED',
      payment: { status: 'PAYMENT_STATUS_DECLINED', captured: 0 },
    });
  });
});

describe('a record that is repeated', () => {
  it('adds nothing, and is answered like the first', async () => {
    const id = await placed();
    await confirm(one, id);
    const decision = {
      orderId: id,
      commandId: 'cmd',
      command: 'cancel',
      accepted: true,
      code: '',
      requestedBy: 'anna',
    };
    const attention = { orderId: id, step: 'delivery', raised: true, reason: 'late', since: ENDED };
    const records = [
      () => one.progress.recordStep(stepRequest(id, 'schedule-shipping'), CALL),
      () => one.progress.recordDecision(decision, CALL),
      () => one.progress.recordAttention(attention, CALL),
      () => one.progress.recordAttention({ ...attention, raised: false }, CALL),
      () => one.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL),
    ];
    for (const record of records) {
      const first = await record();
      await expect(record()).resolves.toEqual(first);
      await expect(record()).resolves.toEqual(first);
    }
    expect(await typesOf(id)).toEqual([
      'OrderPlaced',
      'OrderProgressed',
      'OrderProgressed',
      'OrderProgressed',
      'OrderConfirmed',
      'CancelAccepted',
      'AttentionRaised',
      'AttentionCleared',
      'OrderShipped',
    ]);
  });

  it('fifty times at once, to two processes, is recorded once', async () => {
    const id = await placed();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? one : other).progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL),
      ),
    );
    expect(new Set(answers.map(({ version }) => version))).toEqual(new Set([2]));
    expect(await typesOf(id)).toEqual(['OrderPlaced', 'OrderProgressed']);
  });
});

describe('records to two processes', () => {
  it('at the same time are all kept, one after the other', async () => {
    const id = await placed();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : other).progress.recordDecision(
          {
            orderId: id,
            commandId: `cmd-${index}`,
            command: 'cancel',
            accepted: false,
            code: 'TOO_LATE',
            requestedBy: 'a',
          },
          CALL,
        ),
      ),
    );
    const log = await logOf(fixture.db, id);
    expect(log.map(({ version }) => version)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    expect(new Set(log.slice(1).map(({ causation_id }) => causation_id)).size).toBe(20);
  });

  it('take turns, though each remembers an older state', async () => {
    const id = await placed();
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL);
    await other.progress.recordStep(stepRequest(id, 'process-payment'), CALL);
    await one.progress.recordStep(stepRequest(id, 'schedule-shipping'), CALL);
    await expect(other.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL)).resolves.toEqual({
      status: 'ORDER_STATUS_SHIPPED',
      version: 6,
    });
  });

  it('never rest on an old memory: neither "nothing to do" nor a refusal', async () => {
    const id = await placed();
    await confirm(one, id);
    const flag = { orderId: id, step: 'delivery', raised: true, reason: 'late', since: ENDED };
    await other.progress.recordAttention(flag, CALL);
    // The first process remembers no flag, so it would have nothing to clear.
    await one.progress.recordAttention({ ...flag, raised: false }, CALL);
    expect((await typesOf(id)).at(-1)).toBe('AttentionCleared');

    const second = await placed();
    await one.progress.recordStep(stepRequest(second, 'reserve-inventory'), CALL);
    await one.progress.recordStep(stepRequest(second, 'process-payment'), CALL);
    await other.progress.recordStep(stepRequest(second, 'schedule-shipping'), CALL);
    // The first process remembers no shipment, so it would refuse.
    await expect(one.progress.recordFact(factRequest(second, 'DISPATCHED'), CALL)).resolves.toMatchObject({
      version: 6,
    });
  });

  it('see a refusal that only the newest state gives', async () => {
    const id = await placed();
    await confirm(one, id);
    await other.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL);
    const begin = { orderId: id, ending: Ending.CANCELLED, reason: 'CANCELLED_BY_CUSTOMER' };
    await expect(one.progress.beginUndo(begin, CALL)).rejects.toMatchObject({ code: 'TOO_LATE' });
  });
});

describe('a record that is not valid', () => {
  it('names no order that exists', async () => {
    const unknown = stepRequest(newId(), 'reserve-inventory');
    await expect(one.progress.recordStep(unknown, CALL)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each<[string, Partial<RecordStepRequest>]>([
    ['an id that is none', { orderId: 'x' }],
    ['an unknown step', { step: 'wrap-gift' }],
    ['no direction', { direction: Direction.UNSPECIFIED }],
    ['no outcome', { outcome: Outcome.UNSPECIFIED }],
    ['attempt zero', { attempt: 0 }],
    ['an endless number of attempts', { attempt: 1_000_000 }],
    ['a charge without its amount', { step: 'process-payment', amount: undefined }],
    ['a negative amount', { step: 'process-payment', amount: { amount: -1, currency: 'EUR' } }],
    ['a shipment that is missing', { step: 'schedule-shipping', shipment: undefined }],
  ])('with %s is refused', async (_case, changes) => {
    const id = await placed();
    const request = stepRequest(id, 'reserve-inventory', { shipment: shipmentOf(id), ...changes });
    await expect(one.progress.recordStep(request, CALL)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await typesOf(id)).toEqual(['OrderPlaced']);
  });

  it('of another kind is refused as well', async () => {
    const orderId = await placed();
    const { progress } = one;
    const refused = { code: 'INVALID_REQUEST' };
    const fact = { ...factRequest(orderId, 'DISPATCHED'), fact: ShipmentStatus.CANCELLED };
    await expect(progress.recordFact(fact, CALL)).rejects.toMatchObject(refused);
    const undoing = { orderId, ending: Ending.REJECTED, reason: 'CANCELLED_BY_CUSTOMER' };
    await expect(progress.beginUndo(undoing, CALL)).rejects.toMatchObject(refused);
    await expect(progress.beginUndo({ ...undoing, reason: 'BECAUSE' }, CALL)).rejects.toMatchObject(refused);
    await expect(progress.recordEnding({ orderId, ending: Ending.UNSPECIFIED }, CALL)).rejects.toMatchObject(refused);
    const decision = { orderId, commandId: 'c', command: 'cancel', accepted: false, code: '', requestedBy: 'a' };
    await expect(progress.recordDecision(decision, CALL)).rejects.toMatchObject(refused);
    await expect(
      progress.recordDecision({ ...decision, accepted: true, code: 'TOO_LATE' }, CALL),
    ).rejects.toMatchObject(refused);
    await expect(
      progress.recordDecision({ ...decision, command: 'approve', code: 'TOO_LATE' }, CALL),
    ).rejects.toMatchObject(refused);
    // What was applied is recorded with what it led to.
    await expect(
      progress.recordDecision({ ...decision, command: 'amend', accepted: true }, CALL),
    ).rejects.toMatchObject(refused);
  });

  it('is not refused for its words: they are shortened', async () => {
    const id = await placed();
    const detail = `a\u0000b${'\u{1F600}'.repeat(2_000)}`;
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory', { detail }), CALL);
    const [, event] = await logOf(fixture.db, id);
    expect(event?.data).toMatchObject({ detail: `ab${'\u{1F600}'.repeat(998)}` });
  });

  it('may leave its times out', async () => {
    const id = await placed();
    const untimed = { startedAt: undefined, endedAt: undefined, outcome: Outcome.TIMED_OUT };
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory', untimed), CALL);
    const timed = { attempt: 2, outcome: Outcome.FAILED };
    await one.progress.recordStep(stepRequest(id, 'reserve-inventory', timed), CALL);
    expect((await logOf(fixture.db, id)).slice(1).map(({ data }) => data)).toMatchObject([
      { attempt: 1, outcome: 'timed_out', startedAt: null, endedAt: null },
      { attempt: 2, outcome: 'failed', startedAt: STARTED.toISOString(), endedAt: ENDED.toISOString() },
    ]);
  });
});
