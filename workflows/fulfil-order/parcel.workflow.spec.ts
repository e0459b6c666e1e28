import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { DEFAULT_POLICY } from './policy.js';
import { Lab } from './testing/lab.js';
import { World } from './testing/world.js';

describe('following a parcel', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  }, 60_000);
  afterAll(() => lab.close());

  it('given it is dispatched, its stock is shipped, and the order waits on', async () => {
    const order = await lab.confirmed();
    const { stock, carrier, log } = order.world;
    await order.tell(carrier.dispatch());
    await order.untilStatus('SHIPPED');
    expect([stock.available, stock.reserved, stock.shipped]).toEqual([8, 0, 2]);
    await order.tell(carrier.deliver());
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect([...log.facts]).toEqual(['fact-dispatched', 'fact-delivered']);
    expect(order.world.violations()).toEqual([]);
  });

  it('given the facts come in the wrong order, states only move forward', async () => {
    const order = await lab.confirmed();
    const dispatched = order.world.carrier.dispatch();
    await order.tell(order.world.carrier.deliver());
    await order.tell(dispatched).catch((error: unknown) => expect(error).toBeInstanceOf(WorkflowNotFoundError));
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(order.world.log.statuses.at(-1)).toBe('DELIVERED');
    expect(order.world.violations()).toEqual([]);
  });

  it('given the fact of its dispatch never comes, its delivery ships the stock too', async () => {
    const order = await lab.confirmed();
    order.world.carrier.dispatch();
    await order.tell(order.world.carrier.deliver());
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(order.world.stock.shipped).toBe(2);
    expect(order.world.violations()).toEqual([]);
  });

  it('given each fact comes many times, it counts once', async () => {
    const order = await lab.confirmed();
    const dispatched = order.world.carrier.dispatch();
    for (let copies = 0; copies < 20; copies += 1) await order.tell(dispatched);
    await order.untilStatus('SHIPPED');
    for (let copies = 0; copies < 5; copies += 1) await order.tell(dispatched);
    await order.tell(order.world.carrier.deliver());
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(order.world.faults.callsOf('ship')).toHaveLength(1);
    expect(order.world.log.statuses).toEqual(['PENDING', 'RESERVED', 'PAID', 'CONFIRMED', 'SHIPPED', 'DELIVERED']);
    expect(order.world.violations()).toEqual([]);
  });

  it('given facts that come before the shipping step has ended, they wait for it', async () => {
    const regular = { timeoutMs: 5_000, localFirst: false };
    const world = new World();
    const order = lab.prepare(world, { steps: { ...DEFAULT_POLICY.steps, 'schedule-shipping': regular } });
    let details = '';
    world.faults.on('after', 'schedule', async () => {
      await order.tell(world.carrier.dispatch());
      await order.tell(world.carrier.deliver());
      details = await order.currentDetails();
    });
    await order.start();
    await order.until(() => details !== '', 'the facts have come');
    expect(details).toContain('Scheduling the shipment');
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(world.log.statuses).toEqual(['PENDING', 'RESERVED', 'PAID', 'CONFIRMED', 'SHIPPED', 'DELIVERED']);
    expect(world.violations()).toEqual([]);
  });

  it('given a fact after the end, there is no workflow to tell it', async () => {
    const order = await lab.confirmed();
    await order.deliver();
    await expect(order.tell(order.world.carrier.fact('delivered'))).rejects.toBeInstanceOf(WorkflowNotFoundError);
  });

  it('given a delivery within its two weeks, nobody is asked', async () => {
    const order = await lab.confirmed();
    await order.tell(order.world.carrier.dispatch());
    await order.pass('13 days');
    await order.tell(order.world.carrier.deliver());
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(order.world.log.attentionRaised).toBe(0);
    expect(order.world.violations()).toEqual([]);
  });

  it('given deliverBy passes, asks for attention, and waits on until it is delivered', async () => {
    const order = await lab.confirmed();
    const { carrier, log } = order.world;
    await order.pass('14 days');
    await order.until(() => log.attention.has('delivery'), 'attention');
    await order.tell(carrier.dispatch());
    await order.untilStatus('SHIPPED');
    expect(await order.needsAttention()).toBe(true);
    await order.pass('30 days');
    await order.tell(carrier.deliver());
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(log.attentionRaised).toBe(1);
    expect(await order.needsAttention()).toBe(false);
    expect(order.world.violations()).toEqual([]);
  });

  it('given the carrier loses it, asks for attention, and takes its delivery all the same', async () => {
    const order = await lab.confirmed();
    const { carrier, log } = order.world;
    await order.tell(carrier.dispatch());
    await order.tell(carrier.fact('lost'));
    await order.until(() => log.attention.has('delivery'), 'attention');
    expect(log.status).toBe('SHIPPED');
    await order.tell(carrier.deliver());
    expect(await order.result()).toEqual({ status: 'DELIVERED' });
    expect(order.world.violations()).toEqual([]);
  });

  it.each([
    { operation: 'ship', fault: 'down' },
    { operation: 'ship', fault: 'lost reply' },
    { operation: 'recordFact', fault: 'down' },
    { operation: 'recordFact', fault: 'lost reply' },
  ] as const)(
    'given $operation fails ($fault) for three days, it is repeated, with attention',
    async ({ operation, fault }) => {
      const world = new World();
      const order = await lab.confirmed(world, { longestPauseMs: 3_600_000 });
      world.faults.breakFor(operation, fault, 3 * 86_400_000);
      await order.tell(world.carrier.dispatch());
      await order.untilAttention('dispatch');
      await order.pass('3 days');
      await order.untilStatus('SHIPPED', 7_200);
      await order.tell(world.carrier.deliver());
      expect(await order.result()).toEqual({ status: 'DELIVERED' });
      expect(world.violations()).toEqual([]);
    },
  );
});
