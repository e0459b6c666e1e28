import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STEPS, type StepName } from '#libs/contracts/steps.js';
import { DEFAULT_POLICY, type FulfilmentPolicy } from './policy.js';
import type { Fault } from './testing/faults.js';
import { Lab } from './testing/lab.js';
import { STEPS_UNDER_TEST } from './testing/steps-under-test.js';
import { World } from './testing/world.js';

/** An attempt that hangs takes real time, so here it is a short one. */
function impatient(step: StepName, { localFirst = false } = {}): Partial<FulfilmentPolicy> {
  return { steps: { ...DEFAULT_POLICY.steps, [step]: { timeoutMs: 500, localFirst } } };
}

const OUTCOME_OF: Readonly<Record<Fault, string>> = {
  down: 'failed',
  'lost reply': 'failed',
  late: 'failed',
  hang: 'timed_out',
  'hang after': 'timed_out',
};

function undone(step: StepName): string[] {
  return STEPS.slice(0, STEPS.indexOf(step) + 1)
    .toReversed()
    .map((name) => `${name} undo 1 ok`);
}

describe('the steps of an order', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  }, 60_000);
  afterAll(() => lab.close());

  it('given all goes well, the order is delivered', async () => {
    const order = await lab.place();
    expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
    expect(order.world.log.lines()).toEqual(STEPS.map((step) => `${step} do 1 ok`));
    expect(order.world.log.statuses).toEqual(['PENDING', 'RESERVED', 'PAID', 'CONFIRMED', 'SHIPPED', 'DELIVERED']);
    expect(order.world.violations()).toEqual([]);
  });

  describe.each(STEPS_UNDER_TEST)('$step', ({ step, does }) => {
    it.each([
      { fault: 'down', failures: 1 },
      { fault: 'down', failures: 2 },
      { fault: 'lost reply', failures: 1 },
      { fault: 'lost reply', failures: 2 },
      { fault: 'hang', failures: 1 },
      { fault: 'hang after', failures: 2 },
    ] as const)(
      'given $failures × $fault, the next attempt succeeds, and it is done once',
      async ({ fault, failures }) => {
        const world = new World();
        const failing = Array.from({ length: failures }, (_, index) => index + 1);
        world.faults.break(does, fault, ...failing);
        const order = await lab.place(world, fault.startsWith('hang') ? impatient(step) : {});
        expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
        expect(world.log.lines(step)).toEqual([
          ...failing.map((attempt) => `${step} do ${attempt} ${OUTCOME_OF[fault]}`),
          `${step} do ${failures + 1} ok`,
        ]);
        expect(world.violations()).toEqual([]);
      },
    );

    it.each(['down', 'lost reply', 'hang after', 'late'] as const)(
      'given %s on every attempt, everything is undone, in reverse',
      async (fault) => {
        const world = new World();
        world.faults.break(does, fault, 1, 2, 3);
        const order = await lab.place(world, fault.startsWith('hang') ? impatient(step) : {});
        expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'FULFILMENT_FAILED' });
        expect(world.log.lines(step)).toEqual([
          ...[1, 2, 3].map((attempt) => `${step} do ${attempt} ${OUTCOME_OF[fault]}`),
          `${step} undo 1 ok`,
        ]);
        expect(world.log.lines().filter((line) => line.includes('undo'))).toEqual(undone(step));
        expect(world.violations()).toEqual([]);
      },
    );

    it('given a local first attempt that hangs, the next one is regular and succeeds', async () => {
      const world = new World();
      world.faults.break(does, 'hang', 1);
      const order = await lab.place(world, impatient(step, { localFirst: true }));
      expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
      expect(world.log.lines(step)).toEqual([`${step} do 1 timed_out`, `${step} do 2 ok`]);
      expect(world.violations()).toEqual([]);
    });

    it('makes its attempts at 0, 2 and 14 seconds', async () => {
      const world = new World();
      world.faults.break(does, 'down', 1, 2, 3);
      await (await lab.place(world)).result();
      const [first = 0, ...later] = world.faults.callsOf(does);
      const [second = 0, third = 0] = later.map((at) => (at - first) / 1_000);
      // Server and worker take their time on a busy machine; they are never early.
      expect([second >= 2 && second < 6, third >= 14 && third < 20]).toEqual([true, true]);
    });

    it.each([1, 2, 3])('given orders down while attempt %i succeeds, the record alone is repeated', async (attempt) => {
      const world = new World();
      const failing = [1, 2].filter((earlier) => earlier < attempt);
      world.faults.break(does, 'down', ...failing);
      world.faults.on('before', does, () => world.faults.breakFor('recordStep', 'down', 20_000));
      const order = await lab.place(world);
      expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
      expect(world.faults.callsOf(does)).toHaveLength(attempt);
      expect(world.log.lines(step)).toEqual([
        ...failing.map((n) => `${step} do ${n} timed_out`),
        `${step} do ${attempt} ok`,
      ]);
      expect(world.violations()).toEqual([]);
    });

    it('given orders down while the last attempt fails, that is recorded before the undo', async () => {
      const world = new World();
      world.faults.break(does, 'down', 1, 2, 3);
      world.faults.on('before', does, () => world.faults.breakFor('recordStep', 'down', 20_000));
      const order = await lab.place(world);
      expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'FULFILMENT_FAILED' });
      expect(world.log.lines(step)).toEqual([
        `${step} do 1 timed_out`,
        `${step} do 2 timed_out`,
        `${step} do 3 failed`,
        `${step} undo 1 ok`,
      ]);
      expect(world.violations()).toEqual([]);
    });
  });

  it.each([
    { reason: 'OUT_OF_STOCK', step: 'reserve-inventory', refuse: (world: World) => world.stock.empty() },
    {
      reason: 'PAYMENT_DECLINED',
      step: 'process-payment',
      refuse: (world: World) => void (world.money.declines = 'PAYMENT_DECLINED'),
    },
    {
      reason: 'INSUFFICIENT_FUNDS',
      step: 'process-payment',
      refuse: (world: World) => void (world.money.declines = 'INSUFFICIENT_FUNDS'),
    },
    { reason: 'NOT_SERVED', step: 'schedule-shipping', refuse: (world: World) => void (world.carrier.serves = false) },
  ] as const)(
    'given $reason, there is no second attempt, and everything is undone',
    async ({ reason, step, refuse }) => {
      const world = new World();
      refuse(world);
      const order = await lab.place(world);
      expect(await order.result()).toEqual({ status: 'REJECTED', reason });
      expect(world.log.reason).toBe(reason);
      expect(world.log.lines(step)).toEqual([`${step} do 1 refused`, `${step} undo 1 ok`]);
      expect(world.log.lines().filter((line) => line.includes('undo'))).toEqual(undone(step));
      expect(world.violations()).toEqual([]);
    },
  );

  it('given a refusal that orders cannot be told of, it is recorded all the same', async () => {
    const world = new World();
    world.money.declines = 'PAYMENT_DECLINED';
    world.faults.on('before', 'charge', () => world.faults.breakFor('recordStep', 'down', 20_000));
    const order = await lab.place(world);
    expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'PAYMENT_DECLINED' });
    expect(world.log.lines('process-payment')).toEqual(['process-payment do 1 refused', 'process-payment undo 1 ok']);
    expect(world.violations()).toEqual([]);
  });
});
