import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing/eventually.js';
import { Lab } from './testing/lab.js';
import { STEPS_UNDER_TEST } from './testing/steps-under-test.js';
import { World } from './testing/world.js';

const THREE_DAYS = 3 * 86_400_000;
/** Three days of undos once a minute would be thousands. */
const SELDOM = { longestPauseMs: 3_600_000 };

/** An order that no carrier serves: all three steps have to be undone, and the arbiter is not asked. */
function notServed(): World {
  const world = new World();
  world.carrier.serves = false;
  return world;
}

function undosOf(world: World, outcome: string): string[] {
  return world.log.lines().filter((line) => line.includes(' undo ') && line.endsWith(` ${outcome}`));
}

describe('undoing an order', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  }, 60_000);
  afterAll(() => lab.close());

  describe.each(STEPS_UNDER_TEST)('given the undo of $step fails for three days', ({ step, undoes }) => {
    it('holds up no other, asks for attention after ten minutes, goes on and ends undone', async () => {
      const world = notServed();
      world.faults.breakFor(undoes, 'down', THREE_DAYS);
      const order = await lab.place(world, SELDOM);
      const others = STEPS_UNDER_TEST.filter((other) => other.step !== step).toReversed();
      await order.until(() => undosOf(world, 'ok').length === 2, 'the others are undone');
      expect(undosOf(world, 'ok')).toEqual(others.map((other) => `${other.step} undo 1 ok`));

      await order.pass('9 minutes');
      expect([...world.log.attention]).toEqual([]);
      await order.untilAttention(step);
      // What is recorded is heard of before the task that shows it has ended.
      await eventually(async () => expect(await order.needsAttention()).toBe(true));
      expect(world.log.status).toBe('REJECTING');

      expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
      const [first = 0, ...rest] = world.faults.callsOf(undoes);
      expect((rest.at(-1) ?? 0) - first).toBeGreaterThanOrEqual(THREE_DAYS);
      expect(world.log.attentionRaised).toBe(1);
      expect(await order.needsAttention()).toBe(false);
      expect(world.violations()).toEqual([]);
    });

    it('given its replies are lost, it is undone once', async () => {
      const world = notServed();
      world.faults.break(undoes, 'lost reply', 1, 2, 3);
      const order = await lab.place(world);
      expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
      expect(world.log.lines(step).slice(-4)).toEqual([
        `${step} undo 1 failed`,
        `${step} undo 2 failed`,
        `${step} undo 3 failed`,
        `${step} undo 4 ok`,
      ]);
      expect(world.violations()).toEqual([]);
    });

    it('given orders down, it is not held up, and recorded later', async () => {
      const world = notServed();
      world.faults.on('before', undoes, () => world.faults.breakFor('recordStep', 'down', 60_000));
      const order = await lab.place(world);
      expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
      expect(world.log.lines(step).at(-1)).toBe(`${step} undo 1 ok`);
      expect(world.violations()).toEqual([]);
    });
  });

  it('given every undo fails for an hour, all are tried, and all are done in the end', async () => {
    const world = notServed();
    for (const { undoes } of STEPS_UNDER_TEST) world.faults.breakFor(undoes, 'down', 3_600_000);
    const order = await lab.place(world);
    await order.until(() => undosOf(world, 'failed').length >= 3, 'all were tried');
    await order.untilAttention(...STEPS_UNDER_TEST.map(({ step }) => step));
    expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
    expect(world.log.attentionRaised).toBe(3);
    expect(world.violations()).toEqual([]);
  });

  it('starts an undo when the one before it has failed once, not before', async () => {
    const world = notServed();
    const sequence: string[] = [];
    for (const { undoes } of STEPS_UNDER_TEST) {
      world.faults.break(undoes, 'down', 1);
      world.faults.on('before', undoes, () => void sequence.push(undoes));
    }
    const order = await lab.place(world);
    await order.result();
    expect(sequence).toEqual(['cancel', 'settle', 'release']);
    const lines = world.log.lines();
    expect(lines.indexOf('schedule-shipping undo 1 failed')).toBeLessThan(
      lines.indexOf('process-payment undo 1 failed'),
    );
    expect(lines.indexOf('process-payment undo 1 failed')).toBeLessThan(
      lines.indexOf('reserve-inventory undo 1 failed'),
    );
    expect(world.violations()).toEqual([]);
  });

  it('given an attention that is shorter, by policy, asks sooner', async () => {
    const world = notServed();
    world.faults.breakFor('settle', 'down', 60_000);
    const order = await lab.place(world, { attentionAfterMs: 5_000 });
    await order.until(() => world.log.attention.has('process-payment'), 'attention', 15);
    expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
    expect(world.violations()).toEqual([]);
  });

  it.each(['beginUndo', 'recordEnding', 'recordAttention'] as const)(
    'given %s fails for an hour, the order still ends undone and recorded',
    async (record) => {
      const world = notServed();
      world.faults.breakFor(record, 'down', 3_600_000);
      world.faults.breakFor('settle', 'down', 1_800_000);
      const order = await lab.place(world);
      expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
      expect(world.violations()).toEqual([]);
    },
  );

  it('orders hears that it is undone only when the history holds why: no worker dies with that', async () => {
    const world = new World();
    world.stock.empty();
    const order = lab.prepare(world);
    const known: boolean[] = [];
    world.faults.on('before', 'beginUndo', async () => known.push(await order.knowsLocalEnd()));
    await order.start();
    expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'OUT_OF_STOCK' });
    expect(known).toEqual([true]);
    expect(world.violations()).toEqual([]);
  });

  it('given a step that the undo has overtaken, the late step finds the tombstone', async () => {
    const world = new World();
    world.faults.break('charge', 'late', 1, 2, 3);
    const order = await lab.place(world);
    expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'FULFILMENT_FAILED' });
    world.faults.deliverLate();
    expect(world.money.captured).toBe(0);
    expect(world.violations()).toEqual([]);
  });
});
