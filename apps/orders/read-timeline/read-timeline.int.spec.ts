import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Direction, Ending, Outcome } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { newId } from '#libs/kernel/ids.js';
import type { Scope } from '#libs/security/tokens.js';
import { CALL, ordersFixture, wish, type OrdersFixture } from '../testing/orders-fixture.js';
import { confirm, ENDED, factRequest, stepRequest } from '../testing/progress-requests.js';

let fixture: OrdersFixture;
beforeAll(async () => void (fixture = await ordersFixture()));
afterAll(() => fixture.close());

async function placed(): Promise<string> {
  const { order } = await fixture.first.orders.createOrder(wish(), { ...CALL, metadata: await fixture.as('anna') });
  return order?.id ?? '';
}

async function timeline(id: string, subject = 'anna', scopes: Scope[] = ['orders:read']) {
  const metadata = await fixture.as(subject, { scopes });
  const { items } = await fixture.first.orders.getTimeline({ id }, { ...CALL, metadata });
  return items;
}

/** `kind step#attempt outcome durationMs detail` */
async function lines(id: string): Promise<string[]> {
  return (await timeline(id)).map(({ kind, step, attempt, outcome, durationMs, detail }) =>
    [
      kind.replace('TIMELINE_KIND_', '').toLowerCase(),
      attempt === 0 ? step : `${step}#${attempt}`,
      outcome.replace('OUTCOME_', '').toLowerCase(),
      durationMs === undefined ? '' : `${durationMs}ms`,
      detail,
    ]
      .filter((part) => part !== '')
      .join(' '),
  );
}

describe('the timeline', () => {
  it('tells every attempt, undo, command and fact of an order that was undone', async () => {
    const id = await placed();
    const { progress } = fixture.first;
    await progress.recordStep(stepRequest(id, 'reserve-inventory'), CALL);
    const failed = { outcome: Outcome.FAILED, detail: 'UNAVAILABLE: no answer' };
    await progress.recordStep(stepRequest(id, 'process-payment', failed), CALL);
    await progress.recordStep(stepRequest(id, 'process-payment', { attempt: 3 }), CALL);
    const refused = { outcome: Outcome.REFUSED, detail: 'NOT_SERVED' };
    await progress.recordStep(stepRequest(id, 'schedule-shipping', refused), CALL);
    await progress.beginUndo({ orderId: id, ending: Ending.REJECTED, reason: 'NOT_SERVED' }, CALL);
    const undo = { direction: Direction.UNDO };
    await progress.recordStep(stepRequest(id, 'process-payment', { ...undo, ...failed }), CALL);
    const flag = { orderId: id, step: 'process-payment', raised: true, reason: 'refunds fail', since: ENDED };
    await progress.recordAttention(flag, CALL);
    await progress.recordStep(stepRequest(id, 'reserve-inventory', undo), CALL);
    await progress.recordStep(stepRequest(id, 'process-payment', { ...undo, attempt: 2 }), CALL);
    await progress.recordAttention({ ...flag, raised: false }, CALL);
    await progress.recordEnding({ orderId: id, ending: Ending.REJECTED }, CALL);

    expect(await lines(id)).toEqual([
      'command place-order ok',
      'step reserve-inventory#1 ok 20ms',
      'step process-payment#1 failed 20ms UNAVAILABLE: no answer',
      'step process-payment#2 timed_out Nobody reported how this attempt ended',
      'step process-payment#3 ok 20ms',
      'step schedule-shipping#1 refused 20ms NOT_SERVED',
      'fact rejecting ok NOT_SERVED',
      'undo process-payment#1 failed 20ms UNAVAILABLE: no answer',
      'fact needs-attention ok process-payment: refunds fail',
      'undo reserve-inventory#1 ok 20ms',
      'undo process-payment#2 ok 20ms',
      'fact attention-cleared ok process-payment',
      'fact rejected ok NOT_SERVED',
    ]);
  });

  it('tells what the carrier reported, and when', async () => {
    const id = await placed();
    await confirm(fixture.first, id);
    const command = { orderId: id, commandId: 'c', command: 'cancel', requestedBy: 'customer' };
    await fixture.first.progress.recordDecision({ ...command, accepted: false, code: 'TOO_LATE' }, CALL);
    await fixture.first.progress.recordFact(factRequest(id, 'DISPATCHED'), CALL);
    await fixture.first.progress.recordFact(factRequest(id, 'DELIVERED'), CALL);
    expect((await lines(id)).slice(4)).toEqual([
      'fact confirmed ok',
      'command cancel refused TOO_LATE',
      `fact dispatched ok shp-${id}`,
      `fact delivered ok shp-${id}`,
    ]);
    expect((await timeline(id)).at(-1)?.at).toEqual(ENDED);
  });

  it('tells that a request to cancel was accepted, and how that ended', async () => {
    const id = await placed();
    const { progress } = fixture.first;
    const command = { orderId: id, commandId: 'c', command: 'cancel', requestedBy: 'customer' };
    await progress.recordDecision({ ...command, accepted: true, code: '' }, CALL);
    await progress.beginUndo({ orderId: id, ending: Ending.CANCELLED, reason: 'CANCELLED_BY_CUSTOMER' }, CALL);
    await progress.recordEnding({ orderId: id, ending: Ending.CANCELLED }, CALL);
    expect((await lines(id)).slice(1)).toEqual([
      'command cancel ok Asked for by customer',
      'fact cancelling ok CANCELLED_BY_CUSTOMER',
      'fact cancelled ok CANCELLED_BY_CUSTOMER',
    ]);
  });

  it('is for its customer and for operators; to others it does not exist', async () => {
    const id = await placed();
    await expect(timeline(id, 'olga', ['ops'])).resolves.toHaveLength(1);
    await expect(timeline(id, 'bert')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(timeline(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(timeline('x')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(timeline(id, 'anna', ['orders:write'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
