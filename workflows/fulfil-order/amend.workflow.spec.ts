import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { amendUpdate, type AmendDecision } from './contract.js';
import type { FulfilmentPolicy, StepPolicy } from './policy.js';
import type { Operation } from './testing/faults.js';
import { Lab, type Changes, type PlacedOrder } from './testing/lab.js';
import { ADDRESS, PRICE } from './testing/sample-order.js';
import { World } from './testing/world.js';

const ACCEPTED: AmendDecision = { decision: 'accepted' };
const TOO_LATE: AmendDecision = { decision: 'refused', code: 'TOO_LATE' };
const ALREADY_FINAL: AmendDecision = { decision: 'refused', code: 'ALREADY_FINAL' };
const OUT_OF_STOCK: AmendDecision = { decision: 'refused', code: 'OUT_OF_STOCK' };
const VERSION_MISMATCH: AmendDecision = { decision: 'refused', code: 'VERSION_MISMATCH' };
const CANCELLED = { status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' };

const pieces = (quantity: number): Changes => ({ items: [{ sku: 'MUG', quantity }] });
const ELSEWHERE: Changes = { shippingAddress: { ...ADDRESS, line1: '10 Downing Street' } };

/** During a local activity the server holds everything back until it has ended: to amend during a step, it has to be regular. */
const ALL_REGULAR = { steps: everyStep({ timeoutMs: 5_000, localFirst: false }) };

describe('amending an order', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  }, 60_000);
  afterAll(() => lab.close());

  /** Asks at this moment of the order's way; the operation goes on when the workflow has the request. */
  async function amendAt(when: 'before' | 'after', operation: Operation, changes: Changes, world = new World()) {
    const order = lab.prepare(world, ALL_REGULAR);
    const asked = new Promise<{ readonly decided: Promise<AmendDecision> }>((resolve, reject) => {
      world.faults.on(when, operation, () => order.amend(changes).then(resolve, reject));
    });
    await order.start();
    return { order, decided: (await asked).decided };
  }

  async function expectDelivered(order: PlacedOrder): Promise<void> {
    expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
    expect(order.world.violations()).toEqual([]);
  }

  describe.each([
    { what: 'more pieces', changes: pieces(5), due: { amount: 5 * PRICE, quantity: 5, line1: ADDRESS.line1 } },
    { what: 'fewer pieces', changes: pieces(1), due: { amount: PRICE, quantity: 1, line1: ADDRESS.line1 } },
    {
      what: 'both',
      changes: { ...pieces(3), ...ELSEWHERE },
      due: { amount: 3 * PRICE, quantity: 3, line1: '10 Downing Street' },
    },
  ])('$what', ({ changes, due }) => {
    it.each(['before', 'after'] as const)('%s the stock is reserved: accepted, charged and sent so', async (when) => {
      const { order, decided } = await amendAt(when, 'reserve', changes);
      await expectDelivered(order);
      expect(await decided).toEqual(ACCEPTED);
      expect(order.world.log.due).toEqual(due);
    });

    it.each([
      ['before', 'charge'],
      ['after', 'charge'],
      ['before', 'schedule'],
      ['after', 'schedule'],
    ] as const)('%s the %s: too late', async (when, operation) => {
      const { order, decided } = await amendAt(when, operation, changes);
      await expectDelivered(order);
      expect(await decided).toEqual(TOO_LATE);
      expect([...order.world.log.decisions.values()]).toEqual(['TOO_LATE']);
    });
  });

  describe('another address', () => {
    it.each([
      ['before', 'reserve', ACCEPTED],
      ['before', 'charge', ACCEPTED],
      ['after', 'charge', ACCEPTED],
      ['before', 'schedule', TOO_LATE],
      ['after', 'schedule', TOO_LATE],
    ] as const)('%s the %s', async (when, operation, decision) => {
      const { order, decided } = await amendAt(when, operation, ELSEWHERE);
      await expectDelivered(order);
      expect(await decided).toEqual(decision);
      const line1 = decision === ACCEPTED ? '10 Downing Street' : ADDRESS.line1;
      expect(order.world.carrier.parcel).toEqual({ quantity: 2, line1 });
    });

    it('while the payment fails: the order ends, and the request with it', async () => {
      const world = new World();
      world.money.declines = 'PAYMENT_DECLINED';
      const { order, decided } = await amendAt('before', 'charge', ELSEWHERE, world);
      expect(await order.result()).toMatchObject({ status: 'REJECTED' });
      expect(await decided).toEqual(ALREADY_FINAL);
      expect(world.violations()).toEqual([]);
    });
  });

  it('given there is not enough, the order goes on as it was', async () => {
    const { order, decided } = await amendAt('before', 'reserve', { ...pieces(11), ...ELSEWHERE });
    await expectDelivered(order);
    expect(await decided).toEqual(OUT_OF_STOCK);
    expect(order.world.carrier.parcel).toEqual({ quantity: 2, line1: ADDRESS.line1 });
  });

  it('given the stock cannot be reserved at all, the request ends with the order', async () => {
    const world = new World();
    world.stock.empty();
    const { order, decided } = await amendAt('before', 'reserve', pieces(1), world);
    expect(await order.result()).toMatchObject({ status: 'REJECTED', reason: 'OUT_OF_STOCK' });
    expect(await decided).toEqual(ALREADY_FINAL);
    expect(world.faults.callsOf('amend')).toEqual([]);
    expect(world.violations()).toEqual([]);
  });

  it.each(['lost reply', 'down', 'late'] as const)('given an attempt is broken (%s), it is repeated', async (fault) => {
    const world = new World();
    world.faults.break('amend', fault, 1, 2);
    const { order, decided } = await amendAt('after', 'reserve', pieces(5), world);
    await expectDelivered(order);
    expect(await decided).toEqual(ACCEPTED);
    expect(world.log.due.quantity).toBe(5);
  });

  it('given inventory is away for an hour, nothing is charged, somebody is asked, and it is done in the end', async () => {
    const world = new World();
    world.faults.breakFor('amend', 'down', 3_600_000);
    const { order, decided } = await amendAt('after', 'reserve', pieces(5), world);
    await order.untilAttention('reserve-inventory');
    expect(world.money.ledger).toEqual([]);
    await order.pass('1 hour');
    await expectDelivered(order);
    expect(await decided).toEqual(ACCEPTED);
  });

  it('given orders cannot be told of it, nothing is charged before it is', async () => {
    const world = new World();
    world.faults.breakFor('recordAmendment', 'down', 60_000);
    const { order } = await amendAt('after', 'reserve', pieces(5), world);
    await order.until(() => world.faults.callsOf('recordAmendment').length > 2, 'the record is repeated');
    expect(world.faults.callsOf('charge')).toEqual([]);
    await expectDelivered(order);
    expect(world.log.due.amount).toBe(5 * PRICE);
  });

  it('given several at once, they are decided one after the other', async () => {
    const world = new World();
    const order = lab.prepare(world, ALL_REGULAR);
    const asked = new Promise<readonly { readonly decided: Promise<AmendDecision> }[]>((resolve, reject) => {
      const amendments = async () => [
        await order.amend({ ...pieces(5), follows: null }, 'first'),
        await order.amend({ ...pieces(3), follows: null }, 'second'),
        await order.amend({ ...ELSEWHERE, follows: 'first' }, 'third'),
        await order.amend(pieces(4), 'fourth'),
      ];
      world.faults.on('before', 'reserve', () => amendments().then(resolve, reject));
    });
    await order.start();
    const decisions = (await asked).map(({ decided }) => decided);
    await expectDelivered(order);
    expect(await Promise.all(decisions)).toEqual([ACCEPTED, VERSION_MISMATCH, ACCEPTED, ACCEPTED]);
    expect(world.log.due).toEqual({ amount: 4 * PRICE, quantity: 4, line1: '10 Downing Street' });
  });

  it('given the same command twice, it is decided once', async () => {
    const order = lab.prepare(new World(), ALL_REGULAR);
    const asked = new Promise<readonly { readonly decided: Promise<AmendDecision> }[]>((resolve, reject) => {
      const twice = async () => [await order.amend(pieces(5), 'same'), await order.amend(pieces(5), 'same')];
      order.world.faults.on('before', 'reserve', () => twice().then(resolve, reject));
    });
    await order.start();
    const decisions = (await asked).map(({ decided }) => decided);
    await expectDelivered(order);
    expect(await Promise.all(decisions)).toEqual([ACCEPTED, ACCEPTED]);
    expect(order.world.faults.callsOf('amend')).toHaveLength(1);
  });

  describe('with a cancel', () => {
    it.each(['before', 'after'] as const)(
      '%s the stock is changed: the cancel wins, and all is given back',
      async (when) => {
        const world = new World();
        let cancelled: Promise<unknown> | undefined;
        world.faults.on(when, 'amend', () => (cancelled = order.cancel()));
        const { order, decided } = await amendAt('after', 'reserve', pieces(5), world);
        expect(await order.result()).toEqual(CANCELLED);
        expect(await cancelled).toEqual(ACCEPTED);
        expect(await decided).toEqual(ALREADY_FINAL);
        expect(world.stock).toMatchObject({ state: 'RELEASED', available: 10, reserved: 0 });
        expect(world.violations()).toEqual([]);
      },
    );

    it.each(['down', 'late', 'lost reply'] as const)('while it is repeated (%s), which ends then', async (fault) => {
      const world = new World();
      world.faults.breakFor('amend', fault, 3_600_000);
      const { order, decided } = await amendAt('after', 'reserve', pieces(5), world);
      await order.until(() => world.faults.callsOf('amend').length > 1, 'it is repeated');
      expect(await order.cancel()).toEqual(ACCEPTED);
      expect(await order.result()).toEqual(CANCELLED);
      expect(await decided).toEqual(ALREADY_FINAL);
      expect(world.stock).toMatchObject({ state: 'RELEASED', available: 10, reserved: 0 });
      expect(world.violations()).toEqual([]);
    });

    it('while it is recorded: it was applied, then undone', async () => {
      const world = new World();
      world.faults.breakFor('recordAmendment', 'down', 60_000);
      const { order, decided } = await amendAt('after', 'reserve', pieces(5), world);
      await order.until(() => world.faults.callsOf('recordAmendment').length > 1, 'the record is repeated');
      const cancelled = order.cancel();
      expect(await order.result()).toEqual(CANCELLED);
      expect([await cancelled, await decided]).toEqual([ACCEPTED, ACCEPTED]);
      expect(world.faults.callsOf('charge')).toEqual([]);
      expect(world.violations()).toEqual([]);
    });

    it('by Temporal, while it waits: ends with the order', async () => {
      const world = new World();
      const order = lab.prepare(world, ALL_REGULAR);
      const asked = new Promise<{ readonly decided: Promise<AmendDecision> }>((resolve, reject) => {
        const both = async () => {
          const amendment = await order.amend(pieces(5));
          await order.cancelByTemporal();
          return amendment;
        };
        world.faults.on('before', 'reserve', () => both().then(resolve, reject));
      });
      await order.start();
      const { decided } = await asked;
      expect(await order.result()).toEqual(CANCELLED);
      expect(await decided).toEqual(ALREADY_FINAL);
      expect(world.violations()).toEqual([]);
    });
  });

  it('given the order is confirmed or has ended, it is too late', async () => {
    const order = await lab.confirmed();
    for (const changes of [pieces(5), ELSEWHERE]) expect(await (await order.amend(changes)).decided).toEqual(TOO_LATE);
    await expectDelivered(order);
    await expect(order.amend(ELSEWHERE)).rejects.toBeInstanceOf(WorkflowNotFoundError);
  });

  it('given the order is being rejected, it is final already', async () => {
    const world = new World();
    world.carrier.serves = false;
    world.faults.breakFor('settle', 'down', 60_000);
    const order = await lab.place(world);
    await order.untilStatus('REJECTING');
    expect(await (await order.amend(ELSEWHERE)).decided).toEqual(ALREADY_FINAL);
    expect(await order.result()).toEqual({ status: 'REJECTED', reason: 'NOT_SERVED' });
    expect(world.violations()).toEqual([]);
  });

  it('given a request of the wrong form, refuses it without a trace', async () => {
    const order = await lab.confirmed();
    const request = { commandId: randomUUID(), requestedBy: 'customer', ...pieces(5) } as const;
    const foreignId = order.handle.executeUpdate(amendUpdate, { updateId: 'another', args: [request] });
    await expect(foreignId).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    await expect((await order.amend({})).decided).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    await expectDelivered(order);
    expect(order.world.log.decisions.size).toBe(0);
  });
});

describe('amending an order while no worker is there', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open({ forgetful: true });
  }, 60_000);
  afterAll(() => lab.close());

  /** Asks once that is done, so that the workflow learns of both at once. */
  async function togetherWith(
    operation: Operation,
    changes: Changes,
    world = new World(),
  ): Promise<{ order: PlacedOrder; decision: AmendDecision }> {
    const order = lab.prepare(world);
    let stopped: Promise<void> | undefined;
    order.world.faults.on('after', operation, () => void (stopped = lab.stopWorker()));
    await order.start();
    await order.until(() => stopped !== undefined, operation);
    await stopped;
    const asked = order.amend(changes);
    await lab.startWorker();
    expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
    expect(order.world.violations()).toEqual([]);
    return { order, decision: await (await asked).decided };
  }

  it('given the workflow learns of it together with the end of the payment, a worker may have scheduled the parcel and died: too late', async () => {
    const { decision } = await togetherWith('charge', ELSEWHERE);
    expect(decision).toEqual(TOO_LATE);
  });

  it('given tasks have passed since, in which the payment was recorded, it is too late all the same', async () => {
    const world = new World();
    // By the payment's own activity, and by the cheap attempt that comes in the same task as the request.
    world.faults.break('recordStep', 'down', 2, 3);
    const { decision } = await togetherWith('charge', ELSEWHERE, world);
    expect(world.faults.callsOf('recordStep').length).toBeGreaterThan(3);
    expect(decision).toEqual(TOO_LATE);
  });

  it('orders hears of what was accepted only when that is in the history: no worker dies with it', async () => {
    const order = lab.prepare(new World());
    const inHistory = new Promise<boolean>((resolve, reject) => {
      order.world.faults.on('before', 'recordAmendment', () => order.knowsUpdate().then(resolve, reject));
    });
    await lab.stopWorker();
    await order.start();
    const asked = order.amend(ELSEWHERE);
    await lab.startWorker();
    expect(await inHistory).toBe(true);
    expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
    expect(await (await asked).decided).toEqual(ACCEPTED);
    expect(order.world.carrier.parcel).toMatchObject({ line1: '10 Downing Street' });
    expect(order.world.violations()).toEqual([]);
  });

  it('given it came before any worker has seen the order, accepted', async () => {
    const order = lab.prepare(new World());
    await lab.stopWorker();
    await order.start();
    const asked = order.amend({ ...pieces(5), ...ELSEWHERE });
    await lab.startWorker();
    expect(await order.deliver()).toEqual({ status: 'DELIVERED' });
    expect(await (await asked).decided).toEqual(ACCEPTED);
    expect(order.world.carrier.parcel).toEqual({ quantity: 5, line1: '10 Downing Street' });
    expect(order.world.violations()).toEqual([]);
  });
});

function everyStep(step: StepPolicy): FulfilmentPolicy['steps'] {
  return { 'reserve-inventory': step, 'process-payment': step, 'schedule-shipping': step };
}
