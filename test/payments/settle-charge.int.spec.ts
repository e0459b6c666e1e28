import { setTimeout as pause } from 'node:timers/promises';
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

describe('a settle beside a charge', () => {
  it('never ends charged, whichever comes first, from two processes', async () => {
    const outcomes = new Set<string>();
    const usual = await durationOf(() => world.one.charge(requestOf('pm_ok')));
    for (let step = 0; step <= 24; step += 1) {
      const request = requestOf('pm_ok');
      const charging = endOf(world.one.charge(request));
      if (step === 24) await charging;
      else await pause((usual * step) / 16);
      const [charged, settled] = await Promise.all([charging, endOf(world.two.settle(request.orderId))]);
      const { captured, refunded } = await world.two.settle(request.orderId);
      const ledger = await world.ledgerOf(request.orderId);
      expect(ledger.charged - ledger.refunded).toBe(0);
      expect(ledger).toMatchObject({ charged: captured, refunded });
      outcomes.add(`${charged}/${settled}`);
    }
    // The delays must reach both sides of the race, or this shows nothing.
    expect([...outcomes].some((outcome) => outcome.startsWith('SETTLED/'))).toBe(true);
    expect(outcomes).toContain('CAPTURED/REFUNDED');
  });

  it('also beats a confirm that is still on its way when the settle has returned', async () => {
    const request = requestOf('pm_ok');
    const gate = barrier();
    const slow = world.process((provider) => heldBefore(provider, 'confirmIntent', gate));
    const charging = endOf(slow.charge(request));
    await gate.reached;
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({ state: 'VOIDED' });
    gate.open();
    expect(await charging).toBe('SETTLED');
    expect(await world.ledgerOf(request.orderId)).toEqual(NOTHING);
  });

  it('also beats a charge whose intent is made and not yet stored', async () => {
    const request = requestOf('pm_ok');
    const gate = barrier();
    const slow = world.process((provider) => heldBefore(provider, 'createIntent', gate));
    const charging = endOf(slow.charge(request));
    await gate.reached;
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({ state: 'VOIDED' });
    gate.open();
    expect(await charging).toBe('SETTLED');
    expect(await world.ledgerOf(request.orderId)).toEqual(NOTHING);
  });
});

async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function refundByHand(paymentIntent: string, amount: number): Promise<void> {
  const response = await fetch(`${world.simulator.url}/v1/refunds`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_simulator', 'content-type': 'application/x-www-form-urlencoded' },
    body: `payment_intent=${paymentIntent}&amount=${amount}`,
  });
  if (!response.ok) throw new Error(await response.text());
}

interface Barrier {
  readonly reached: Promise<void>;
  readonly passed: Promise<void>;
  readonly reach: () => void;
  readonly open: () => void;
}

function barrier(): Barrier {
  const [reached, reach] = signal();
  const [passed, open] = signal();
  return { reached, passed, reach, open };
}

function signal(): [Promise<void>, () => void] {
  let give: () => void = () => undefined;
  return [new Promise<void>((resolve) => (give = resolve)), () => give()];
}

/** Keeps a call back before it leaves the process, as a paused process would. */
function heldBefore<Provider extends object>(provider: Provider, method: keyof Provider, gate: Barrier): Provider {
  return new Proxy(provider, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (name !== method || typeof value !== 'function') return value;
      return async (...parameters: unknown[]) => {
        gate.reach();
        await gate.passed;
        return Reflect.apply(value, target, parameters) as unknown;
      };
    },
  });
}
