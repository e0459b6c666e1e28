import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { Decision } from '../saga.js';
import { cancelUpdate } from './contract.js';
import type { FulfilmentPolicy, StepPolicy } from './policy.js';
import { Lab } from './testing/lab.js';
import { STEPS_UNDER_TEST } from './testing/steps-under-test.js';
import { World } from './testing/world.js';

const CANCELLED = { status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' };
const ACCEPTED: Decision = { decision: 'accepted' };
const TOO_LATE: Decision = { decision: 'refused', code: 'TOO_LATE' };

/** During a local activity the server holds everything back until it has ended: to cancel during a step, it has to be regular. */
const ALL_REGULAR = { steps: everyStep({ timeoutMs: 5_000, localFirst: false }) };
const ALL_LOCAL = { steps: everyStep({ timeoutMs: 5_000, localFirst: true }) };

describe('cancelling an order', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  }, 60_000);
  afterAll(() => lab.close());

  describe.each(STEPS_UNDER_TEST)('during $step', ({ step, does }) => {
    it.each(['before', 'after'] as const)('by update, %s it is done: accepted, and undone', async (when) => {
      const world = new World();
      const order = lab.prepare(world, ALL_REGULAR);
      const decided = decisionAt(world, when, does, () => order.cancel('command-1'));
      await order.start();
      expect(await order.result()).toEqual(CANCELLED);
      expect(await decided).toEqual(ACCEPTED);
      expect(world.log.decisions.get('command-1')).toBe('accepted');
      expect(world.log.reason).toBe('CANCELLED_BY_CUSTOMER');
      expect(world.violations()).toEqual([]);
    });

    it.each(['before', 'after'] as const)('by Temporal, %s it is done: accepted, and undone', async (when) => {
      const world = new World();
      const order = lab.prepare(world, ALL_REGULAR);
      const asked = decisionAt(world, when, does, () => order.cancelByTemporal());
      await order.start();
      expect(await order.result()).toEqual(CANCELLED);
      await asked;
      expect(await order.decisionByTemporal()).toBe('accepted');
      expect(world.violations()).toEqual([]);
    });

    it('by Temporal, while its first attempt is a local activity', async () => {
      const world = new World();
      const order = lab.prepare(world, ALL_LOCAL);
      const asked = decisionAt(world, 'before', does, () => order.handle.cancel());
      await order.start();
      expect(await order.result()).toEqual(CANCELLED);
      await asked;
      expect(world.violations()).toEqual([]);
    });

    it('given the attempt under way fails, it is awaited, and there is no other', async () => {
      const world = new World();
      world.faults.break(does, 'lost reply', 1, 2, 3);
      const order = lab.prepare(world, ALL_REGULAR);
      const decided = decisionAt(world, 'before', does, () => order.cancel());
      await order.start();
      expect(await order.result()).toEqual(CANCELLED);
      expect(await decided).toEqual(ACCEPTED);
      expect(world.faults.callsOf(does)).toHaveLength(1);
      expect(world.log.lines(step)).toEqual([
        `${step} do 1 ${does === 'schedule' ? 'refused' : 'failed'}`,
        `${step} undo 1 ok`,
      ]);
      expect(world.violations()).toEqual([]);
    });

    it('given it pauses between two attempts, there is no other', async () => {
      const world = new World();
      world.faults.break(does, 'lost reply', 1, 2);
      const order = await lab.place(world);
      await order.until(() => world.log.lines(step).includes(`${step} do 2 failed`), 'two attempts');
      expect(await order.cancel()).toEqual(ACCEPTED);
      expect(await order.result()).toEqual(CANCELLED);
      expect(world.faults.callsOf(does)).toHaveLength(2);
      expect(world.violations()).toEqual([]);
    });

    it('given orders cannot be told of its success, cancels all the same', async () => {
      const world = new World();
      world.faults.on('before', does, () => world.faults.breakFor('recordStep', 'down', 60_000));
      const order = await lab.place(world);
      await order.until(() => world.faults.callsOf('recordStep').length > 1, 'the record is repeated');
      expect(await order.cancel()).toEqual(ACCEPTED);
      expect(await order.result()).toEqual(CANCELLED);
      expect(world.log.lines(step)).toEqual([`${step} do 1 ok`, `${step} undo 1 ok`]);
      expect(world.violations()).toEqual([]);
    });
  });

  it.each(['update', 'Temporal'] as const)('by %s, while the parcel waits for the carrier: accepted', async (by) => {
    const order = await lab.confirmed();
    await (by === 'update' ? order.cancel() : order.cancelByTemporal());
    expect(await order.result()).toEqual(CANCELLED);
    expect(order.world.carrier.state).toBe('CANCELLED');
    expect(order.world.violations()).toEqual([]);
  });

  it.each(['update', 'Temporal'] as const)(
    'by %s, after the parcel was handed over: too late, and the order goes on',
    async (by) => {
      const order = await lab.confirmed();
      const { carrier, money } = order.world;
      const dispatched = carrier.dispatch();
      if (by === 'update') expect(await order.cancel()).toEqual(TOO_LATE);
      else await order.cancelByTemporal();
      await order.tell(dispatched);
      await order.tell(carrier.deliver());
      expect(await order.result()).toEqual({ status: 'DELIVERED' });
      expect([...order.world.log.decisions.values()]).toEqual(['TOO_LATE']);
      expect(money.refunded).toBe(0);
      expect(order.world.violations()).toEqual([]);
    },
  );

  it('given the parcel is handed over while the shipping step runs: too late, and the order goes on', async () => {
    const world = new World();
    const order = lab.prepare(world, ALL_REGULAR);
    const decided = decisionAt(world, 'after', 'schedule', async () => {
      world.carrier.dispatch();
      return await order.cancel();
    });
    await order.start();
    await order.untilStatus('CONFIRMED');
    expect(await decided).toEqual(TOO_LATE);
    expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
    expect(world.violations()).toEqual([]);
  });

  it('given the arbiter is away, waits for its answer before anything is given back', async () => {
    const order = await lab.confirmed();
    const { world } = order;
    world.faults.breakFor('cancel', 'down', 3_600_000);
    const decision = order.cancel();
    await order.until(() => world.faults.callsOf('cancel').length > 0, 'the arbiter is asked');
    await order.untilAttention('schedule-shipping');
    expect(world.log.status).toBe('CONFIRMED');
    expect([world.money.refunded, world.stock.reserved]).toEqual([0, 2]);
    expect(await order.result()).toEqual(CANCELLED);
    expect(await decision).toEqual(ACCEPTED);
    expect(world.violations()).toEqual([]);
  });

  it('given the arbiter is away until the parcel is handed over: too late', async () => {
    const order = await lab.confirmed();
    const { world } = order;
    world.faults.breakFor('cancel', 'down', 60_000);
    const decision = order.cancel();
    await order.until(() => world.faults.callsOf('cancel').length > 0, 'the arbiter is asked');
    await order.tell(world.carrier.dispatch());
    await order.untilStatus('SHIPPED');
    await order.until(() => world.log.decisions.size > 0, 'decided');
    expect(await decision).toEqual(TOO_LATE);
    await order.tell(world.carrier.deliver());
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(world.violations()).toEqual([]);
  });

  it.each([
    { handedOver: false, result: { status: 'REJECTED', reason: 'FULFILMENT_FAILED' } },
    { handedOver: true, result: { status: 'DELIVERED' } },
  ] as const)(
    'given every answer of the shipping step is lost (parcel handed over: $handedOver), the arbiter says whether it turns back',
    async ({ handedOver, result }) => {
      const world = new World();
      world.carrier.hasty = handedOver;
      world.faults.break('schedule', 'lost reply', 1, 2, 3);
      const order = await lab.place(world);
      expect(await (handedOver ? order.deliver() : order.result())).toEqual(result);
      expect(world.log.lines('schedule-shipping').at(-1)).toBe(
        `schedule-shipping ${handedOver ? 'do 4' : 'undo 1'} ok`,
      );
      expect(world.violations()).toEqual([]);
    },
  );

  it('given two at once, both are accepted', async () => {
    const order = await lab.confirmed();
    const decisions = await Promise.all([order.cancel('first'), order.cancel('second'), order.cancelByTemporal()]);
    expect(decisions.slice(0, 2)).toEqual([ACCEPTED, ACCEPTED]);
    expect(await order.result()).toEqual(CANCELLED);
    expect([...order.world.log.decisions.values()]).toEqual(['accepted', 'accepted', 'accepted']);
    expect(order.world.violations()).toEqual([]);
  });

  it('given two at once and the parcel handed over, both are too late', async () => {
    const order = await lab.confirmed();
    order.world.carrier.dispatch();
    expect(await Promise.all([order.cancel('first'), order.cancel('second')])).toEqual([TOO_LATE, TOO_LATE]);
    expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
    expect(order.world.log.decisions).toEqual(
      new Map([
        ['first', 'TOO_LATE'],
        ['second', 'TOO_LATE'],
      ]),
    );
    expect(order.world.violations()).toEqual([]);
  });

  it('given the same command twice, it is decided once', async () => {
    const order = await lab.confirmed();
    expect(await Promise.all([order.cancel('same'), order.cancel('same')])).toEqual([ACCEPTED, ACCEPTED]);
    expect(await order.result()).toEqual(CANCELLED);
    expect(order.world.faults.callsOf('recordDecision')).toHaveLength(1);
    expect(order.world.violations()).toEqual([]);
  });

  it('given the order is being rejected, it is final already', async () => {
    const world = new World();
    world.carrier.serves = false;
    world.faults.breakFor('settle', 'down', 60_000);
    const order = await lab.place(world);
    await order.untilStatus('REJECTING');
    expect(await order.cancel()).toEqual({ decision: 'refused', code: 'ALREADY_FINAL' });
    expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
    expect([...world.log.decisions.values()]).toEqual(['ALREADY_FINAL']);
    expect(world.violations()).toEqual([]);
  });

  it('given Temporal cancels while undos fail, they go on', async () => {
    const world = new World();
    world.carrier.serves = false;
    for (const { undoes } of STEPS_UNDER_TEST) world.faults.breakFor(undoes, 'down', 60_000);
    const order = await lab.place(world);
    await order.until(() => world.faults.callsOf('release').length > 1, 'all undos are repeated');
    await order.cancelByTemporal();
    expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
    expect(await order.decisionByTemporal()).toBe('ALREADY_FINAL');
    expect(world.violations()).toEqual([]);
  });

  it('given it is being cancelled, a second one is accepted too', async () => {
    const order = await lab.confirmed();
    order.world.faults.breakFor('settle', 'down', 60_000);
    expect(await order.cancel()).toEqual(ACCEPTED);
    await order.untilStatus('CANCELLING');
    expect(await order.cancel()).toEqual(ACCEPTED);
    expect(await order.result()).toEqual(CANCELLED);
    expect(order.world.violations()).toEqual([]);
  });

  it('answers with the decision, not with the end of the undo', async () => {
    const order = await lab.confirmed();
    order.world.faults.breakFor('settle', 'down', 1_800_000);
    expect(await order.cancel()).toEqual(ACCEPTED);
    expect(order.world.money.refunded).toBe(0);
    expect(await order.result()).toEqual(CANCELLED);
    expect(order.world.violations()).toEqual([]);
  });

  it('given orders cannot be told of the decision, it is recorded before the workflow closes', async () => {
    const order = await lab.confirmed();
    order.world.faults.breakFor('recordDecision', 'down', 3_600_000);
    expect(await order.cancel('command-1')).toEqual(ACCEPTED);
    expect(await order.result()).toEqual(CANCELLED);
    expect(order.world.log.decisions.get('command-1')).toBe('accepted');
    expect(order.world.violations()).toEqual([]);
  });

  it('given orders cannot be told of a refusal, the delivered order stays open until it is recorded', async () => {
    const order = await lab.confirmed();
    const { carrier, faults, log } = order.world;
    faults.breakFor('recordDecision', 'down', 3_600_000);
    const dispatched = carrier.dispatch();
    expect(await order.cancel('command-1')).toEqual(TOO_LATE);
    await order.tell(dispatched);
    await order.tell(carrier.deliver());
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(log.decisions.get('command-1')).toBe('TOO_LATE');
    expect(order.world.violations()).toEqual([]);
  });

  it('given the order has ended, there is nobody to ask', async () => {
    const order = await lab.confirmed();
    await order.deliver();
    await expect(order.cancel()).rejects.toBeInstanceOf(WorkflowNotFoundError);
  });

  it('given a request of the wrong form, refuses it without a trace', async () => {
    const order = await lab.confirmed();
    const request = { commandId: randomUUID(), requestedBy: 'customer' } as const;
    const foreignId = order.handle.executeUpdate(cancelUpdate, { updateId: 'another', args: [request] });
    await expect(foreignId).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    const nobody = { ...request, requestedBy: 'nobody' as 'customer' };
    const unknown = order.handle.executeUpdate(cancelUpdate, { updateId: request.commandId, args: [nobody] });
    await expect(unknown).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
    expect(order.world.log.decisions.size).toBe(0);
  });
});

describe('cancelling an order while no worker is there', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open({ forgetful: true });
  }, 60_000);
  afterAll(() => lab.close());

  it('orders hears of what was accepted only when that is in the history: no worker dies with it', async () => {
    const order = lab.prepare();
    const { faults, log } = order.world;
    const known: unknown[] = [];
    faults.on('before', 'recordDecision', async () => known.push(await order.knowsUpdate()));
    faults.on('before', 'beginUndo', () => void known.push(log.decisions.get('command-1')));
    await lab.stopWorker();
    await order.start();
    const decided = order.cancel('command-1');
    await lab.startWorker();
    expect(await decided).toEqual(ACCEPTED);
    expect(await order.result()).toEqual(CANCELLED);
    expect(known).toEqual([true, 'accepted']);
    expect(order.world.violations()).toEqual([]);
  });
});

/** Runs `ask` at that moment of the operation, which waits for its answer. */
function decisionAt<Answer>(
  world: World,
  when: 'before' | 'after',
  operation: Parameters<World['faults']['on']>[1],
  ask: () => Promise<Answer>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    world.faults.on(when, operation, () => ask().then(resolve, reject));
  });
}

function everyStep(step: StepPolicy): FulfilmentPolicy['steps'] {
  return { 'reserve-inventory': step, 'process-payment': step, 'schedule-shipping': step };
}
