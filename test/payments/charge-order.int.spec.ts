import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { dyingAfter, neverCalled } from './gate.js';
import { endOf, paymentsWorld, requestOf, type PaymentsWorld } from './payments-world.js';

const NOTHING = { charges: 0, charged: 0, refunded: 0 };
const CHARGED_ONCE = { charges: 1, charged: 4_200, refunded: 0 };

let world: PaymentsWorld;

beforeAll(async () => {
  world = await paymentsWorld();
});
afterEach(() => world.simulator.disarm());
afterAll(() => world.stop());

describe('each payment method', () => {
  it('pm_ok is charged once, and tells so once', async () => {
    const request = requestOf('pm_ok');
    const charge = await world.one.charge(request);
    expect(charge).toMatchObject({ state: 'CAPTURED', captured: 4_200, refunded: 0, version: 1 });
    expect(await world.ledgerOf(request.orderId)).toEqual(CHARGED_ONCE);
    expect(await world.eventsOf(request.orderId)).toMatchObject([
      {
        type: 'PaymentCaptured',
        producer: 'payments',
        subject: request.orderId,
        correlationId: request.orderId,
        sequence: 1,
        data: {
          orderId: request.orderId,
          amount: { amount: 4_200, currency: 'EUR' },
          providerReference: charge.intent_id,
        },
      },
    ]);
  });

  it.each([
    ['pm_declined', 'PAYMENT_DECLINED'],
    ['pm_insufficient_funds', 'INSUFFICIENT_FUNDS'],
    ['pm_of_nobody', 'PAYMENT_DECLINED'],
  ])('%s is declined, the same each time', async (paymentMethod, code) => {
    const request = requestOf(paymentMethod);
    await expect(world.one.charge(request)).rejects.toMatchObject({ code, technical: false });
    await expect(world.two.charge(request)).rejects.toMatchObject({ code, technical: false });
    expect(await world.chargeOf(request.orderId)).toMatchObject({
      state: 'DECLINED',
      reason: code,
      captured: 0,
      version: 1,
    });
    expect(await world.eventsOf(request.orderId)).toMatchObject([
      { type: 'PaymentDeclined', sequence: 1, data: { reason: code } },
    ]);
    expect(await world.ledgerOf(request.orderId)).toEqual(NOTHING);
  });

  it('pm_flaky fails twice, then is charged once', async () => {
    const request = requestOf('pm_flaky');
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(world.one.charge(request)).rejects.toMatchObject({ code: 'UNAVAILABLE', technical: true });
    }
    await expect(world.one.charge(request)).resolves.toMatchObject({ state: 'CAPTURED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(CHARGED_ONCE);
  });

  it('pm_lost_reply times out, then is found charged', async () => {
    const request = requestOf('pm_lost_reply');
    await expect(world.impatient.charge(request)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(world.one.charge(request)).resolves.toMatchObject({ state: 'CAPTURED', captured: 4_200 });
    expect(await world.ledgerOf(request.orderId)).toEqual(CHARGED_ONCE);
    expect(await world.eventsOf(request.orderId)).toHaveLength(1);
  });
});

describe('a charge that is asked for again', () => {
  it('gives the same answer without asking the provider', async () => {
    const request = requestOf('pm_ok');
    const first = await world.one.charge(request);
    const silent = world.process(neverCalled);
    await expect(silent.charge(request)).resolves.toEqual(first);
  });

  it('has one effect when many ask at once, in two processes', async () => {
    for (const paymentMethod of ['pm_ok', 'pm_ok', 'pm_ok', 'pm_declined']) {
      const request = requestOf(paymentMethod);
      const asked = Array.from({ length: 12 }, (_, index) =>
        endOf((index % 2 === 0 ? world.one : world.two).charge(request)),
      );
      const ends = new Set(await Promise.all(asked));
      const final = await endOf(world.one.charge(request));
      expect(final).toBe(paymentMethod === 'pm_ok' ? 'CAPTURED' : 'PAYMENT_DECLINED');
      expect([...ends].filter((end) => end !== final && end !== 'UNAVAILABLE')).toEqual([]);
      expect((await world.ledgerOf(request.orderId)).charges).toBe(paymentMethod === 'pm_ok' ? 1 : 0);
      expect(await world.eventsOf(request.orderId)).toHaveLength(1);
    }
  });

  it('is refused with another amount, currency or payment method', async () => {
    const request = requestOf('pm_ok');
    await world.one.charge(request);
    const others = [
      { amount: { amount: 4_201, currency: 'EUR' } },
      { amount: { amount: 4_200, currency: 'USD' } },
      { paymentMethod: 'pm_flaky' },
    ];
    for (const other of others) {
      await expect(world.one.charge({ ...request, ...other })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_KEY_REUSED',
      });
    }
  });
});

describe('a process that dies', () => {
  it('after the intent was made, before its id was stored: the next call finds the same intent', async () => {
    const request = requestOf('pm_ok');
    const dying = world.process((provider) => dyingAfter(provider, 'createIntent'));
    await expect(dying.charge(request)).rejects.toThrow('killed');
    expect(await world.chargeOf(request.orderId)).toBeUndefined();
    await world.two.charge(request);
    expect(await world.ledgerOf(request.orderId)).toEqual(CHARGED_ONCE);
    const intents = await world.simulator.db
      .selectFrom('payment_intents')
      .selectAll()
      .where('order_id', '=', request.orderId)
      .execute();
    expect(intents).toHaveLength(1);
  });

  it('after the provider charged, before that was stored: the next call finds it charged', async () => {
    const request = requestOf('pm_ok');
    const dying = world.process((provider) => dyingAfter(provider, 'confirmIntent'));
    await expect(dying.charge(request)).rejects.toThrow('killed');
    expect(await world.chargeOf(request.orderId)).toMatchObject({ state: 'STARTED', captured: 0 });
    await expect(world.two.charge(request)).resolves.toMatchObject({ state: 'CAPTURED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(CHARGED_ONCE);
  });
});

describe('a provider that fails', () => {
  it.each([
    ['createIntent', 'before'],
    ['createIntent', 'after'],
    ['confirmIntent', 'before'],
    ['confirmIntent', 'after'],
  ] as const)('at %s, %s doing it: charged once in the end', async (operation, moment) => {
    for (const kind of ['error', 'reset'] as const) {
      const request = requestOf('pm_ok');
      await world.simulator.arm({ operation, moment, effect: { kind } });
      await expect(world.one.charge(request)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(world.one.charge(request)).resolves.toMatchObject({ state: 'CAPTURED' });
      expect(await world.ledgerOf(request.orderId)).toEqual(CHARGED_ONCE);
    }
  });

  it('while it is asked what became of a charge: nothing is confirmed blindly', async () => {
    const request = requestOf('pm_lost_reply');
    await expect(world.impatient.charge(request)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await world.simulator.arm({ operation: 'findIntent', moment: 'before', effect: { kind: 'error' } });
    await expect(world.one.charge(request)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(world.one.charge(request)).resolves.toMatchObject({ state: 'CAPTURED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(CHARGED_ONCE);
  });

  it('to make an intent, for good under one key, is asked under the next', async () => {
    const request = requestOf('pm_ok');
    await world.simulator.arm({ operation: 'createIntent', moment: 'before', effect: { kind: 'error' }, times: 2 });
    await endOf(world.one.charge(request));
    await endOf(world.one.charge(request));
    expect(await world.chargeOf(request.orderId)).toMatchObject({
      state: 'STARTED',
      intent_id: null,
      intent_attempt: 3,
    });
    await expect(world.one.charge(request)).resolves.toMatchObject({ state: 'CAPTURED' });
  });
});
