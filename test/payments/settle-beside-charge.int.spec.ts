import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { durationOf, gate, gated } from './gate.js';
import { endOf, paymentsWorld, requestOf, type PaymentsWorld } from './payments-world.js';

const NOTHING = { charges: 0, charged: 0, refunded: 0 };
const CHARGED_ONCE = { charges: 1, charged: 4_200, refunded: 0 };
const GIVEN_BACK = { charges: 1, charged: 4_200, refunded: 4_200 };
const STEPS = 24;

let world: PaymentsWorld;

beforeAll(async () => {
  world = await paymentsWorld();
});
afterEach(() => world.simulator.disarm());
afterAll(() => world.stop());

describe('a settle beside a charge, in two processes', () => {
  it('never leaves anything charged, whenever it comes', async () => {
    const outcomes = new Set<string>();
    const usual = await durationOf(() => world.one.charge(requestOf('pm_ok')));
    for (let step = 0; step <= STEPS; step += 1) {
      const request = requestOf('pm_ok');
      const charging = endOf(world.one.charge(request));
      if (step === STEPS) await charging;
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

  it.each(['before', 'after'] as const)('beats a charge held %s its intent is made', async (moment) => {
    const request = requestOf('pm_ok');
    const held = gate();
    const charging = endOf(world.process((provider) => gated(provider, 'createIntent', moment, held)).charge(request));
    await held.reached;
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({ state: 'VOIDED', intent_id: null });
    held.open();
    expect(await charging).toBe('SETTLED');
    expect(await world.ledgerOf(request.orderId)).toEqual(NOTHING);
  });

  it('beats a confirm that is still on its way when the settle has returned', async () => {
    const request = requestOf('pm_ok');
    const held = gate();
    const charging = endOf(
      world.process((provider) => gated(provider, 'confirmIntent', 'before', held)).charge(request),
    );
    await held.reached;
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({ state: 'VOIDED' });
    held.open();
    expect(await charging).toBe('SETTLED');
    expect(await world.ledgerOf(request.orderId)).toEqual(NOTHING);
  });

  it('gives back what was confirmed while it was about to cancel', async () => {
    const request = requestOf('pm_ok');
    const [confirming, cancelling] = [gate(), gate()];
    const charging = endOf(
      world.process((provider) => gated(provider, 'confirmIntent', 'before', confirming)).charge(request),
    );
    await confirming.reached;
    const settling = world
      .process((provider) => gated(provider, 'cancelIntent', 'before', cancelling))
      .settle(request.orderId);
    await cancelling.reached;
    confirming.open();
    expect(await charging).toBe('SETTLED');
    expect(await world.ledgerOf(request.orderId)).toEqual(CHARGED_ONCE);
    cancelling.open();
    await expect(settling).resolves.toMatchObject({ state: 'REFUNDED', captured: 4_200, refunded: 4_200 });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
  });

  it('stays begun when it has to stop half-way: a charge that gets through meanwhile is no success', async () => {
    const request = requestOf('pm_ok');
    const held = gate();
    const charging = endOf(
      world.process((provider) => gated(provider, 'confirmIntent', 'after', held)).charge(request),
    );
    await held.reached;
    await world.simulator.arm({ operation: 'findIntent', moment: 'before', effect: { kind: 'error' } });
    await expect(world.two.settle(request.orderId)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    held.open();
    expect(await charging).toBe('SETTLED');
    expect(await world.chargeOf(request.orderId)).toMatchObject({ state: 'SETTLING', captured: 4_200, refunded: 0 });
    await expect(world.one.charge(request)).rejects.toMatchObject({ code: 'SETTLED' });
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({ state: 'REFUNDED' });
    expect(await world.ledgerOf(request.orderId)).toEqual(GIVEN_BACK);
  });

  it('is not undone by a decline that arrives late', async () => {
    const request = requestOf('pm_declined');
    const held = gate();
    const charging = endOf(
      world.process((provider) => gated(provider, 'confirmIntent', 'after', held)).charge(request),
    );
    await held.reached;
    await expect(world.two.settle(request.orderId)).resolves.toMatchObject({ state: 'VOIDED' });
    held.open();
    expect(await charging).toBe('SETTLED');
    expect(await world.chargeOf(request.orderId)).toMatchObject({ state: 'VOIDED', reason: null });
    expect(await world.eventsOf(request.orderId)).toEqual([]);
  });
});
