import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { orderTo, toldAbout } from '../../apps/shipping/testing/shipping-fixture.js';
import { carrierWorld, type CarrierWorld } from './carrier-world.js';

describe('scheduling a shipment', () => {
  let world: CarrierWorld;
  beforeAll(async () => {
    world = await carrierWorld();
  });
  afterEach(() => world.link.heal());
  afterAll(() => world.stop());

  const told = async (order: { orderId: Parameters<typeof toldAbout>[1] }) =>
    (await toldAbout(world.database, order.orderId)).map(({ lane, envelope }) => [
      lane,
      envelope.type,
      envelope.sequence,
    ]);

  it('given a served address, then one label is bought and the scheduling is told', async () => {
    const order = orderTo('DE');
    const before = Date.now();
    const shipment = await world.one.schedule.execute(order);
    expect(shipment).toMatchObject({
      state: 'SCHEDULED',
      version: 1,
      tracking: expect.stringMatching(/^WB\d{18}$/),
      items: order.items,
    });
    expect(shipment.deliver_by?.getTime()).toBeGreaterThanOrEqual(before + 59_000);
    expect(shipment.deliver_by?.getTime()).toBeLessThan(Date.now() + 61_000);
    expect(await world.stageOf(order.orderId)).toEqual(['labelled']);
    const [event] = await toldAbout(world.database, order.orderId);
    expect(event).toMatchObject({
      lane: 'events',
      envelope: {
        type: 'ShipmentScheduled',
        subject: shipment.id,
        sequence: 1,
        data: { shipmentId: shipment.id, tracking: shipment.tracking },
      },
    });
  });

  it('given the same order again, then it is the same shipment, and nothing is asked of the carrier', async () => {
    const order = orderTo('FR');
    const first = await world.one.schedule.execute(order);
    world.link.calls.length = 0;
    const again = await world.two.schedule.execute({ ...order, items: [{ sku: 'OTHER', quantity: 1 }] });
    expect(again).toEqual(first);
    expect(world.link.calls).toEqual([]);
    expect(await told(order)).toEqual([['events', 'ShipmentScheduled', 1]]);
  });

  it('given something to tell, then the relay is woken once that is committed, and not without', async () => {
    const order = orderTo('AT');
    const before = world.one.wakes();
    await world.one.schedule.execute(order);
    await world.one.schedule.execute(order);
    expect(world.one.wakes() - before).toBe(1);
    await world.one.cancel.execute(order.orderId);
    expect(world.one.wakes() - before).toBe(2);
    expect(await told(order)).toHaveLength(2);
  });

  it('given an address that no carrier serves, then it is refused, again and again, without asking the carrier twice', async () => {
    const order = orderTo('ZZ');
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'NOT_SERVED' });
    expect(await world.one.shipments.find(order.orderId)).toMatchObject({ state: 'REFUSED', version: 0 });
    world.link.decide = () => 'lose-request';
    await expect(world.two.schedule.execute(order)).rejects.toMatchObject({ code: 'NOT_SERVED' });
    expect(await world.stageOf(order.orderId)).toEqual([]);
    expect(await told(order)).toEqual([]);
  });

  it('given twenty calls at once in two processes, then one parcel, one event, and everybody gets the same answer', async () => {
    const order = orderTo('DE');
    const calls = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? world.one : world.two).schedule.execute(order),
    );
    const answers = new Set((await Promise.all(calls)).map(({ id, tracking, state }) => `${id} ${tracking} ${state}`));
    expect(answers.size).toBe(1);
    expect(await world.stageOf(order.orderId)).toEqual(['labelled']);
    expect(await told(order)).toEqual([['events', 'ShipmentScheduled', 1]]);
  });

  it.each(['quote', 'buy'] as const)(
    'given a %s whose request is lost, then it is uncertain, and the next attempt succeeds once',
    async (lost) => {
      const order = orderTo('DE');
      world.link.decide = ({ call }) => (call === lost ? 'lose-request' : undefined);
      await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(await world.stageOf(order.orderId)).toEqual([]);
      world.link.heal();
      expect(await world.two.schedule.execute(order)).toMatchObject({ state: 'SCHEDULED' });
      expect(await world.stageOf(order.orderId)).toEqual(['labelled']);
    },
  );

  it('given a quote whose reply is lost, then the next attempt succeeds, and the first quote is never bought', async () => {
    const order = orderTo('DE');
    world.link.decide = ({ call }) => (call === 'quote' ? 'lose-reply' : undefined);
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    world.link.heal();
    await world.two.schedule.execute(order);
    expect(await world.stageOf(order.orderId)).toEqual(['labelled']);
  });

  it('given a purchase whose reply is lost, then the carrier is asked, and the label is not bought again', async () => {
    const order = orderTo('DE');
    world.link.decide = ({ call }) => (call === 'buy' ? 'lose-reply' : undefined);
    expect(await world.one.schedule.execute(order)).toMatchObject({ state: 'SCHEDULED' });
    expect(world.link.calls).toEqual(['quote', 'buy', 'look']);
    expect(await world.stageOf(order.orderId)).toEqual(['labelled']);
  });

  it('given a purchase after which nothing is heard any more, then the next attempt finds it', async () => {
    const order = orderTo('DE');
    world.link.decide = ({ call }) => (call === 'buy' ? 'lose-reply' : call === 'look' ? 'lose-request' : undefined);
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await world.one.shipments.find(order.orderId)).toMatchObject({ state: 'STARTED', version: 0 });
    world.link.heal();
    expect(await world.two.schedule.execute(order)).toMatchObject({ state: 'SCHEDULED', version: 1 });
    expect(await world.stageOf(order.orderId)).toEqual(['labelled']);
    expect(await told(order)).toEqual([['events', 'ShipmentScheduled', 1]]);
  });

  it.each([500, 502, 503, 504])(
    'given a carrier that answers %d, then it is uncertain, and the next attempt succeeds',
    async (status) => {
      const order = orderTo('DE');
      world.link.decide = () => status;
      await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      world.link.heal();
      expect(await world.one.schedule.execute(order)).toMatchObject({ state: 'SCHEDULED' });
    },
  );

  it('given a parcel that was handed over before its scheduling was recorded, then both are told, in order', async () => {
    const order = orderTo('DE');
    world.link.decide = ({ call }) => (call === 'buy' ? 'lose-reply' : call === 'look' ? 'lose-request' : undefined);
    await expect(world.one.schedule.execute(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await world.moveParcel(order.orderId);
    world.link.heal();
    expect(await world.two.schedule.execute(order)).toMatchObject({ state: 'DISPATCHED', version: 2 });
    expect(await told(order)).toEqual([
      ['events', 'ShipmentScheduled', 1],
      ['order-facts', 'ShipmentDispatched', 2],
      ['events', 'ShipmentDispatched', 2],
    ]);
  });

  it('never waits for the carrier inside a transaction', async () => {
    const order = orderTo('DE');
    const open: unknown[] = [];
    world.link.decide = async () => {
      const { rows } = await sql`
        select pid, query from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'`.execute(world.database.db);
      open.push(...rows);
      return undefined;
    };
    await world.one.schedule.execute(order);
    await world.one.cancel.execute(order.orderId);
    expect(world.link.calls).toEqual(['quote', 'buy', 'refund']);
    expect(open).toEqual([]);
  });
});
