import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { Latch } from '#libs/messaging/latch.js';
import { eventually } from '#libs/testing/eventually.js';
import { orderTo, toldAbout } from '../../apps/shipping/testing/shipping-fixture.js';
import { carrierWorld, type CarrierWorld } from './carrier-world.js';

async function told(world: CarrierWorld, orderId: OrderId): Promise<[string, number][]> {
  const events = (await toldAbout(world.database, orderId)).filter(({ lane }) => lane === 'events');
  return events.map(({ envelope }) => [envelope.type, envelope.sequence]);
}

describe('cancelling a shipment', () => {
  let world: CarrierWorld;
  beforeAll(async () => {
    world = await carrierWorld();
  });
  afterEach(() => world.link.heal());
  afterAll(() => world.stop());

  const stateOf = async (orderId: OrderId) => (await world.one.shipments.find(orderId))?.state;

  it('given nothing to cancel, then it succeeds, also twice, and a scheduling that comes late is refused and buys nothing', async () => {
    const order = orderTo('DE');
    expect(await world.one.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED', address: null });
    expect(await world.two.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED' });
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'SHIPMENT_CANCELLED' });
    expect(world.link.calls).toEqual([]);
    expect(await told(world, order.orderId)).toEqual([]);
  });

  it('given a scheduled shipment, then the carrier takes the label back, and the cancel is told', async () => {
    const order = orderTo('DE');
    await world.one.schedule.execute(order);
    expect(await world.two.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED', version: 2 });
    expect(await world.stageOf(order.orderId)).toEqual(['voided']);
    expect(await told(world, order.orderId)).toEqual([
      ['ShipmentScheduled', 1],
      ['ShipmentCancelled', 2],
    ]);
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'SHIPMENT_CANCELLED' });
  });

  it('given ten cancels at once in two processes, then all succeed and it is told once', async () => {
    const order = orderTo('DE');
    await world.one.schedule.execute(order);
    const asked = () => world.link.calls.filter((call) => call === 'refund').length;
    world.link.decide = ({ call }) =>
      call === 'refund' ? eventually(() => asked() === 10).then(() => undefined) : undefined;
    const cancels = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? world.one : world.two).cancel.execute(order.orderId),
    );
    for (const cancelled of await Promise.all(cancels)) expect(cancelled.state).toBe('CANCELLED');
    expect(await told(world, order.orderId)).toHaveLength(2);
  });

  it('given a parcel that was handed over, then it is too late, and the shipment goes back to its true state', async () => {
    const order = orderTo('DE');
    await world.one.schedule.execute(order);
    await world.moveParcel(order.orderId);
    await expect(world.two.cancel.execute(order.orderId)).rejects.toMatchObject({ code: 'TOO_LATE' });
    expect(await stateOf(order.orderId)).toBe('DISPATCHED');
    await expect(world.one.cancel.execute(order.orderId)).rejects.toMatchObject({ code: 'TOO_LATE' });
    expect(await told(world, order.orderId)).toEqual([
      ['ShipmentScheduled', 1],
      ['ShipmentDispatched', 2],
    ]);
  });

  it('given a parcel that was delivered, then it is too late, and the milestones between are told', async () => {
    const order = orderTo('DE');
    await world.one.schedule.execute(order);
    await world.moveParcel(order.orderId);
    await world.moveParcel(order.orderId);
    await expect(world.two.cancel.execute(order.orderId)).rejects.toMatchObject({ code: 'TOO_LATE' });
    expect((await told(world, order.orderId)).map(([type]) => type)).toEqual([
      'ShipmentScheduled',
      'ShipmentDispatched',
      'ShipmentDelivered',
    ]);
  });

  it('given an order that no carrier serves, then there is nothing to undo, and it stays refused', async () => {
    const order = orderTo('ZZ');
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'NOT_SERVED' });
    expect(await world.one.cancel.execute(order.orderId)).toMatchObject({ state: 'REFUSED' });
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'NOT_SERVED' });
  });

  it('given a shipment whose quote was lost, then it is cancelled without the carrier', async () => {
    const order = orderTo('DE');
    world.link.decide = () => 'lose-reply';
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    world.link.calls.length = 0;
    expect(await world.one.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED', version: 0 });
    expect(world.link.calls).toEqual([]);
    expect(await told(world, order.orderId)).toEqual([]);
  });

  it.each([
    ['never arrived', 'lose-request'],
    ['was done unheard', 'lose-reply'],
  ] as const)(
    'given a purchase that %s, then nothing stays bought, and what was never told of is not withdrawn',
    async (_, fault) => {
      const order = orderTo('DE');
      world.link.decide = ({ call }) => (call === 'buy' ? fault : call === 'look' ? 'lose-request' : undefined);
      await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      world.link.heal();
      expect(await world.two.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED', version: 0 });
      expect(await world.stageOf(order.orderId)).toEqual(['voided']);
      expect(await told(world, order.orderId)).toEqual([]);
      await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'SHIPMENT_CANCELLED' });
    },
  );

  it('given a purchase that arrives only after the cancel has succeeded, then it buys nothing', async () => {
    const order = orderTo('DE');
    const gate = new Latch();
    let buys = 0;
    world.link.decide = ({ call }) =>
      call === 'buy' && (buys += 1) === 1 ? gate.opened.then(() => undefined) : undefined;
    const scheduling = world.one.schedule.execute(order).catch((error: { code: string }) => error);
    await eventually(() => buys === 1);
    expect(await world.two.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED' });
    gate.open();
    expect(await scheduling).toMatchObject({ code: 'SHIPMENT_CANCELLED' });
    expect(await world.stageOf(order.orderId)).toEqual(['voided']);
  });

  it('given a purchase whose reply arrives only after the cancel has succeeded, then it stays cancelled', async () => {
    const order = orderTo('DE');
    const gate = new Latch();
    world.link.answered = ({ call }) => (call === 'buy' ? gate.opened : undefined);
    const scheduling = world.one.schedule.execute(order).catch((error: { code: string }) => error);
    await eventually(async () => (await world.stageOf(order.orderId)).length === 1);
    expect(await world.two.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED', version: 0 });
    gate.open();
    expect(await scheduling).toMatchObject({ code: 'SHIPMENT_CANCELLED' });
    expect(await stateOf(order.orderId)).toBe('CANCELLED');
    expect(await told(world, order.orderId)).toEqual([]);
  });

  it('given a quote that arrives only after the cancel, then it is never bought', async () => {
    const order = orderTo('DE');
    const gate = new Latch();
    world.link.decide = ({ call }) => (call === 'quote' ? gate.opened.then(() => undefined) : undefined);
    const scheduling = world.one.schedule.execute(order).catch((error: { code: string }) => error);
    await eventually(() => world.link.calls.length === 1);
    expect(await world.two.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED' });
    gate.open();
    expect(await scheduling).toMatchObject({ code: 'SHIPMENT_CANCELLED' });
    expect(world.link.calls).toEqual(['quote']);
  });

  it.each([
    ['never arrived', 'lose-request'],
    ['was done unheard', 'lose-reply'],
  ] as const)(
    'given a cancel that %s, then it is undecided, scheduling has to wait, and the next cancel decides',
    async (_, fault) => {
      const order = orderTo('DE');
      await world.one.schedule.execute(order);
      world.link.decide = ({ call }) => (call === 'refund' ? fault : undefined);
      await expect(world.one.cancel.execute(order.orderId)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(await stateOf(order.orderId)).toBe('CANCELLING');
      await expect(world.two.schedule.execute(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      world.link.heal();
      expect(await world.two.cancel.execute(order.orderId)).toMatchObject({ state: 'CANCELLED' });
      expect(await world.stageOf(order.orderId)).toEqual(['voided']);
      expect(await told(world, order.orderId)).toHaveLength(2);
    },
  );
});

describe('cancel against dispatch', () => {
  let world: CarrierWorld;
  beforeAll(async () => {
    world = await carrierWorld({ dispatchAfterMs: 500, deliverAfterMs: 40, deliverWebhooks: true });
  });
  afterAll(() => world.stop());

  /** Schedules a shipment, and tells when its parcel will be handed over. */
  async function scheduled(): Promise<{ orderId: OrderId; msUntilHandOver: number }> {
    const { orderId, ...order } = orderTo('DE');
    await world.one.schedule.execute({ orderId, ...order });
    const row = world.carrierDatabase.db
      .selectFrom('shipments')
      .select('next_move_at')
      .where('reference', '=', orderId);
    const due = (await row.executeTakeFirst())?.next_move_at ?? new Date(0);
    return { orderId, msUntilHandOver: due.getTime() - Date.now() };
  }

  /** Cancels until it is decided. */
  async function cancel(orderId: OrderId): Promise<'cancelled' | 'too late'> {
    return eventually(() =>
      world.two.cancel.execute(orderId).then(
        () => 'cancelled' as const,
        (error: unknown) => {
          if (isWaybillError(error, 'TOO_LATE')) return 'too late' as const;
          throw error;
        },
      ),
    );
  }

  async function expectOnlyOneEnd(orderId: OrderId, decision: 'cancelled' | 'too late'): Promise<void> {
    const [stage, state] = decision === 'cancelled' ? ['voided', 'CANCELLED'] : ['delivered', 'DELIVERED'];
    await eventually(async () => {
      expect(await world.stageOf(orderId)).toEqual([stage]);
      expect((await world.one.shipments.get(orderId)).state).toBe(state);
    });
    const ends = decision === 'cancelled' ? ['ShipmentCancelled'] : ['ShipmentDispatched', 'ShipmentDelivered'];
    const expected = ['ShipmentScheduled', ...ends].map((type, index) => [type, index + 1]);
    expect(await told(world, orderId)).toEqual(expected);
  }

  it('in a sweep over the hand-over in steps of 5 ms, then it is one or the other, never both', async () => {
    const race = async (offsetMs: number): Promise<void> => {
      const { orderId, msUntilHandOver } = await scheduled();
      await pause(Math.max(0, msUntilHandOver + offsetMs));
      await expectOnlyOneEnd(orderId, await cancel(orderId));
    };
    const offsets = Array.from({ length: 32 }, (_, step) => 5 * step - 80);
    for (let first = 0; first < offsets.length; first += 8)
      await Promise.all(offsets.slice(first, first + 8).map(race));
  });

  it('before the hand-over the cancel wins, after it the parcel does', async () => {
    const [early, late] = await Promise.all([scheduled(), scheduled()]);
    expect(await cancel(early.orderId)).toBe('cancelled');
    await eventually(async () => expect((await world.stageOf(late.orderId))[0]).not.toBe('labelled'));
    expect(await cancel(late.orderId)).toBe('too late');
    await expectOnlyOneEnd(early.orderId, 'cancelled');
    await expectOnlyOneEnd(late.orderId, 'too late');
  });
});
