import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readable } from '../readable.js';
import { SEARCH_ATTRIBUTES } from './contract.js';
import { Lab, type PlacedOrder } from './testing/lab.js';
import { World } from './testing/world.js';

async function shownStatus({ handle }: PlacedOrder): Promise<unknown> {
  return (await handle.describe()).typedSearchAttributes.get(SEARCH_ATTRIBUTES.status);
}

describe('what the Temporal UI tells of an order', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  }, 60_000);
  afterAll(() => lab.close());

  it('says what was ordered, and whose it is, without personal data', async () => {
    const order = await lab.confirmed();
    const description = await order.handle.describe();
    expect(await description.staticSummary()).toBe(readable('2 pieces, 99.80 EUR'));
    expect(await description.staticDetails()).toContain('- 2 × Mug (MUG): 99.80 EUR');
    expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.orderId)).toBe(order.world.orderId);
    const told = [await description.staticSummary(), await description.staticDetails(), await order.currentDetails()];
    for (const personal of Object.values(order.world.input().order.shippingAddress)) {
      expect(told.join('\n')).not.toContain(personal);
    }
    await order.deliver();
  });

  it('says what it waits for, from the carrier to the door', async () => {
    const order = await lab.confirmed();
    expect(await order.currentDetails()).toMatch(/^Waiting for the carrier to pick up parcel TRACK1, since .* UTC$/);
    expect(await shownStatus(order)).toBe('CONFIRMED');
    await order.tell(order.world.carrier.dispatch());
    await order.untilStatus('SHIPPED');
    expect(await order.currentDetails()).toMatch(/^Parcel TRACK1 is on its way since .*, due by .* UTC$/);
    expect(await shownStatus(order)).toBe('SHIPPED');
    await order.tell(order.world.carrier.deliver());
    await order.result();
    expect(await shownStatus(order)).toBe('DELIVERED');
    expect(await order.currentDetails()).toBe('');
  });

  it('says which attempt of which step is under way, and for what it pauses', async () => {
    const world = new World();
    world.faults.break('charge', 'down', 1, 2, 3);
    const order = await lab.place(world);
    await order.until(() => world.log.lines().includes('process-payment do 2 failed'), 'two attempts');
    expect(await order.currentDetails()).toMatch(/^Pause before attempt 3 of process-payment, since .* UTC$/);
    await order.result();
    expect(await shownStatus(order)).toBe('REJECTED');
  });

  it('says what cannot be undone yet, since when, and that it needs a person', async () => {
    const world = new World();
    world.carrier.serves = false;
    world.faults.breakFor('settle', 'down', 3_600_000);
    const order = await lab.place(world);
    await order.untilStatus('REJECTING');
    await order.untilAttention('process-payment');
    expect(await shownStatus(order)).toBe('REJECTING');
    expect((await order.currentDetails()).split('\n\n')).toEqual([
      expect.stringMatching(/^Giving the payment back has kept failing since .* It is repeated until it succeeds\.$/),
      expect.stringMatching(/^\*\*Needs attention:\*\* Giving the payment back has kept failing since .* UTC$/),
    ]);
    await order.result();
  });

  it('takes at most 14 events to CONFIRMED', async () => {
    const order = await lab.confirmed();
    const { historyLength } = await order.handle.describe();
    expect(historyLength).toBeLessThanOrEqual(14);
    await order.deliver();
  });
});
