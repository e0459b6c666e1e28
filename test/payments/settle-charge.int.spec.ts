import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { endOf, HELD_MS, paymentsWorld, requestOf, type PaymentsWorld } from './payments-world.js';

const NOTHING = { charges: 0, charged: 0, refunded: 0 };
const GIVEN_BACK = { charges: 1, charged: 4_200, refunded: 4_200 };

let world: PaymentsWorld;

beforeAll(async () => {
  world = await paymentsWorld();
});
afterEach(() => world.simulator.disarm());
afterAll(() => world.stop());

describe('a settle', () => {
  it('gives back what was charged, and tells so', async () => {
    const request = requestOf('pm_ok');
    await world.one.charge(request);
    await expect(world.one.settle(request.orderId)).resolves.toMatchObject({
      state: 'REFUNDED',
      captured: 4_200,
      refunded: 4_200,
      version: 2,
    });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
    expect(await world.eventsOf(request.orderId)).toMatchObject([
      { type: 'PaymentCaptured', sequence: 1 },
      {
        type: 'RefundIssued',
        sequence: 2,
        subject: request.orderId,
        data: { orderId: request.orderId, amount: { amount: 4_200, currency: 'EUR' } },
      },
    ]);
  });

  it('of nothing leaves a tombstone that every later charge finds', async () => {
    const request = requestOf('pm_ok');
    await expect(world.one.settle(request.orderId)).resolves.toMatchObject({ state: 'VOIDED', intent_id: null });
    await expect(world.two.charge(request)).rejects.toMatchObject({ code: 'SETTLED', technical: false });
    await expect(world.one.settle(request.orderId)).resolves.toMatchObject({ state: 'VOIDED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(NOTHING);
    expect(await world.eventsOf(request.orderId)).toEqual([]);
  });

  it('of a charge whose intent was never made leaves a tombstone too', async () => {
    const request = requestOf('pm_ok');
    await world.simulator.arm({ operation: 'createIntent', moment: 'before', effect: { kind: 'error' } });
    await endOf(world.one.charge(request));
    expect(await world.chargeOf(request.orderId)).toMatchObject({ state: 'STARTED', intent_id: null });
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({ state: 'VOIDED' });
    await expect(world.one.charge(request)).rejects.toMatchObject({ code: 'SETTLED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(NOTHING);
  });

  it('of a charge whose reply was lost gives back what nobody here knew of', async () => {
    const request = requestOf('pm_lost_reply');
    await endOf(world.impatient.charge(request));
    expect(await world.chargeOf(request.orderId)).toMatchObject({ state: 'STARTED', captured: 0 });
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({
      state: 'REFUNDED',
      captured: 4_200,
      refunded: 4_200,
    });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
    expect((await world.eventsOf(request.orderId)).map(({ type, sequence }) => [type, sequence])).toEqual([
      ['PaymentCaptured', 1],
      ['RefundIssued', 2],
    ]);
    await expect(world.one.charge(request)).rejects.toMatchObject({ code: 'SETTLED' });
  });

  it('of a charge that never got through cancels it at the provider', async () => {
    const request = requestOf('pm_flaky');
    await endOf(world.one.charge(request));
    const { intent_id } = await world.one.settle(request.orderId);
    const intent = await world.simulator.db
      .selectFrom('payment_intents')
      .selectAll()
      .where('id', '=', intent_id)
      .executeTakeFirst();
    expect(intent?.status).toBe('canceled');
    expect(await world.chargeOf(request.orderId)).toMatchObject({ state: 'VOIDED' });
  });

  it('of a declined charge has nothing to do', async () => {
    const request = requestOf('pm_declined');
    await endOf(world.one.charge(request));
    await expect(world.one.settle(request.orderId)).resolves.toMatchObject({ state: 'DECLINED', captured: 0 });
    await expect(world.one.charge(request)).rejects.toMatchObject({ code: 'PAYMENT_DECLINED' });
  });

  it('has one effect when many ask at once, in two processes', async () => {
    const request = requestOf('pm_ok');
    await world.one.charge(request);
    const ends = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        endOf((index % 2 === 0 ? world.one : world.two).settle(request.orderId)),
      ),
    );
    expect(ends.filter((end) => end !== 'REFUNDED' && end !== 'UNAVAILABLE')).toEqual([]);
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({ state: 'REFUNDED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
    expect(await world.eventsOf(request.orderId)).toHaveLength(2);
  });
});

describe('a refund that fails', () => {
  it('with pm_refund_flaky gets through the fourth time, once', async () => {
    const request = requestOf('pm_refund_flaky');
    await world.one.charge(request);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await expect(world.one.settle(request.orderId)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(world.one.charge(request)).rejects.toMatchObject({ code: 'SETTLED' });
    }
    await expect(world.one.settle(request.orderId)).resolves.toMatchObject({ state: 'REFUNDED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
  });

  it('with pm_refund_broken goes on failing until the account is fixed', async () => {
    const request = requestOf('pm_refund_broken');
    await world.one.charge(request);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await expect(world.one.settle(request.orderId)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('account'),
      });
    }
    expect(await world.chargeOf(request.orderId)).toMatchObject({ state: 'SETTLING', captured: 4_200, refunded: 0 });
    await world.simulator.fixAccount();
    await expect(world.one.settle(request.orderId)).resolves.toMatchObject({ state: 'REFUNDED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
  });

  it.each(['error', 'reset', 'delay'] as const)('in its answer only (%s) is not made again', async (kind) => {
    const request = requestOf('pm_ok');
    await world.one.charge(request);
    await world.simulator.arm({
      operation: 'createRefund',
      moment: 'after',
      effect: kind === 'delay' ? { kind, ms: HELD_MS } : { kind },
    });
    await expect(world.impatient.settle(request.orderId)).rejects.toMatchObject({ technical: true });
    await expect(world.one.settle(request.orderId)).resolves.toMatchObject({ state: 'REFUNDED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
    const refunds = await world.simulator.db
      .selectFrom('ledger')
      .selectAll()
      .where('order_id', '=', request.orderId)
      .where('kind', '=', 'refund')
      .execute();
    expect(refunds).toHaveLength(1);
  });

  it('is not made again when somebody refunded at the provider by hand', async () => {
    const request = requestOf('pm_refund_broken');
    const { intent_id } = await world.one.charge(request);
    await endOf(world.one.settle(request.orderId));
    await world.simulator.fixAccount();
    await refundByHand(intent_id ?? '', 1_200);
    await expect(world.one.settle(request.orderId)).resolves.toMatchObject({ state: 'REFUNDED', refunded: 4_200 });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
  });
});

async function refundByHand(paymentIntent: string, amount: number): Promise<void> {
  const response = await fetch(`${world.simulator.url}/v1/refunds`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_simulator', 'content-type': 'application/x-www-form-urlencoded' },
    body: `payment_intent=${paymentIntent}&amount=${amount}`,
  });
  if (!response.ok) throw new Error(await response.text());
}
