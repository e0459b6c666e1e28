import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { OrderId } from '#libs/kernel/ids.js';
import { Latch } from '#libs/messaging/latch.js';
import { signWebhook } from '#libs/security/webhook-signature.js';
import { eventually } from '#libs/testing/eventually.js';
import { WEBHOOK_SECRET } from '../../apps/carrier-simulator/testing/start-carrier-simulator.js';
import { orderTo, toldAbout } from '../../apps/shipping/testing/shipping-fixture.js';
import { carrierWorld, type CarrierWorld } from './carrier-world.js';

const MINUTE = 60_000;

describe('a webhook of the carrier', () => {
  let world: CarrierWorld;
  let clock = Date.parse('2026-11-20T12:00:00Z');
  beforeAll(async () => {
    world = await carrierWorld();
  });
  afterEach(() => world.link.heal());
  afterAll(() => world.stop());

  interface Event {
    readonly id: string;
    readonly body: string;
  }
  function event(reference: string, status: string): Event {
    const id = `evt_${randomUUID()}`;
    const at = new Date((clock += 1_000)).toISOString();
    const result = { object: 'Tracker', shipment_id: reference, tracking_code: 'WB1', status, updated_at: at };
    return {
      id,
      body: JSON.stringify({ id, object: 'Event', description: 'tracker.updated', created_at: at, result }),
    };
  }
  const receive = (body: string, signature = signWebhook(WEBHOOK_SECRET, body), by = world.one) =>
    by.receive.execute({ body: Buffer.from(body), signature });

  async function scheduled() {
    const order = orderTo('DE');
    const { carrier_reference } = await world.one.schedule.execute(order);
    return { orderId: order.orderId, reference: carrier_reference ?? '' };
  }
  const stateOf = async (orderId: OrderId) => (await world.one.shipments.get(orderId)).state;
  const facts = async (orderId: OrderId) =>
    (await toldAbout(world.database, orderId))
      .filter(({ lane }) => lane === 'order-facts')
      .map(({ envelope }) => envelope);
  const outcomeOf = async (of: Event | undefined) => {
    const row = world.database.db
      .selectFrom('carrier_events')
      .select('outcome')
      .where('id', '=', of?.id ?? '');
    return (await row.executeTakeFirst())?.outcome;
  };

  it('given a hand-over and a delivery, then both are facts for the order, with the time at which they happened', async () => {
    const { orderId, reference } = await scheduled();
    const [out, in_] = [event(reference, 'in_transit'), event(reference, 'delivered')];
    expect(await receive(out.body)).toEqual({ duplicate: false });
    expect(await stateOf(orderId)).toBe('DISPATCHED');
    await receive(in_.body);
    expect(await stateOf(orderId)).toBe('DELIVERED');
    const [dispatched, delivered] = await facts(orderId);
    expect([dispatched?.type, dispatched?.sequence, delivered?.type, delivered?.sequence]).toEqual([
      'ShipmentDispatched',
      2,
      'ShipmentDelivered',
      3,
    ]);
    expect(dispatched?.data).toMatchObject({
      orderId,
      at: (JSON.parse(out.body) as { created_at: string }).created_at,
    });
    expect([await outcomeOf(out), await outcomeOf(in_)]).toEqual(['applied', 'applied']);
  });

  it('given a loss, then it is a fact, and a parcel that turns up after all is delivered', async () => {
    const { orderId, reference } = await scheduled();
    await receive(event(reference, 'failure').body);
    expect(await stateOf(orderId)).toBe('LOST');
    await receive(event(reference, 'delivered').body);
    expect((await facts(orderId)).map(({ type, sequence }) => [type, sequence])).toEqual([
      ['ShipmentDispatched', 2],
      ['ShipmentLost', 3],
      ['ShipmentDelivered', 4],
    ]);
  });

  it('given the same event fifty times at once, then it is stored and applied once', async () => {
    const { orderId, reference } = await scheduled();
    const { body } = event(reference, 'in_transit');
    const signature = signWebhook(WEBHOOK_SECRET, body);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => receive(body, signature, index % 2 ? world.one : world.two)),
    );
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await facts(orderId)).toHaveLength(1);
  });

  it('given events in reverse order, then the shipment only moves forward, and what was skipped is made up for', async () => {
    const { orderId, reference } = await scheduled();
    const [label, out, in_] = ['pre_transit', 'out_for_delivery', 'delivered'].map((status) =>
      event(reference, status),
    );
    for (const late of [in_, out, label]) await receive(late?.body ?? '');
    expect(await stateOf(orderId)).toBe('DELIVERED');
    expect((await facts(orderId)).map(({ type }) => type)).toEqual(['ShipmentDispatched', 'ShipmentDelivered']);
    expect(await Promise.all([in_, out, label].map((each) => outcomeOf(each)))).toEqual(['applied', 'stale', 'stale']);
  });

  it('given events before their shipment is known, then they are kept, and applied in their order once it is', async () => {
    const order = orderTo('DE');
    const early: Event[] = [];
    world.link.answered = async ({ call }, body) => {
      if (call !== 'quote') return;
      const { id } = JSON.parse(body) as { id: string };
      early.push(event(id, 'in_transit'), event(id, 'delivered'));
      for (const { body: text } of [...early].reverse()) expect(await receive(text)).toEqual({ duplicate: false });
    };
    const shipment = await world.one.schedule.execute(order);
    expect(shipment).toMatchObject({ state: 'DELIVERED', version: 3, tracking: expect.stringMatching(/^WB\d{18}$/) });
    expect(await Promise.all(early.map((each) => outcomeOf(each)))).toEqual(['applied', 'applied']);
    expect((await facts(order.orderId)).map(({ type }) => type)).toEqual(['ShipmentDispatched', 'ShipmentDelivered']);
  });

  it('given a shipment that becomes known while its event is being stored, then the event is applied all the same', async () => {
    const order = orderTo('DE');
    const { db } = world.database;
    const [inserted, release] = [new Latch(), new Latch()];
    const pending: Promise<unknown>[] = [];
    world.link.answered = async ({ call }, body) => {
      if (call !== 'quote') return;
      const early = event((JSON.parse(body) as { id: string }).id, 'in_transit');
      // Somebody else's insert of the same event keeps ours waiting, until it is rolled back.
      const foreign = db.transaction().execute(async (trx) => {
        await sql`insert into carrier_events values (${early.id}, null, null, '', now(), '', 'ignored')`.execute(trx);
        inserted.open();
        await release.opened;
        throw new Error('rolled back');
      });
      pending.push(foreign.catch(() => undefined));
      await inserted.opened;
      pending.push(receive(early.body, undefined, world.two));
      await eventually(async () => {
        const stuck = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return (await stuck.execute(db)).rows.length > 0;
      });
    };
    expect((await world.one.schedule.execute(order)).state).toBe('SCHEDULED');
    release.open();
    await Promise.all(pending);
    expect(await stateOf(order.orderId)).toBe('DISPATCHED');
  });

  it('given an event that comes at the moment at which its shipment becomes known, then it is never left waiting', async () => {
    const orders = Array.from({ length: 25 }, () => orderTo('DE'));
    const arrivals: Promise<unknown>[] = [];
    world.link.answered = ({ call }, body) => {
      if (call !== 'quote') return;
      const { id } = JSON.parse(body) as { id: string };
      arrivals.push(receive(event(id, 'in_transit').body, undefined, world.two));
    };
    await Promise.all(orders.map((order) => world.one.schedule.execute(order)));
    await Promise.all(arrivals);
    for (const { orderId } of orders) expect(await stateOf(orderId)).toBe('DISPATCHED');
  });

  it('given a hand-over while the purchase is still unanswered, then it counts, and the scheduling succeeds', async () => {
    const order = orderTo('DE');
    world.link.answered = async ({ call }, body) => {
      if (call === 'buy') await receive(event((JSON.parse(body) as { id: string }).id, 'in_transit').body);
    };
    expect(await world.one.schedule.execute(order)).toMatchObject({ state: 'DISPATCHED', version: 2 });
    const told = await toldAbout(world.database, order.orderId);
    expect(told.filter(({ lane }) => lane === 'events').map(({ envelope }) => envelope.sequence)).toEqual([1, 2]);
  });

  it('given a hand-over while a cancel is undecided, then the cancel is too late', async () => {
    const { orderId, reference } = await scheduled();
    await world.moveParcel(orderId);
    world.link.answered = async ({ call }) => {
      if (call === 'refund') await receive(event(reference, 'in_transit').body);
    };
    await expect(world.one.cancel.execute(orderId)).rejects.toMatchObject({ code: 'TOO_LATE' });
    expect(await facts(orderId)).toHaveLength(1);
  });

  it('given a parcel that moves although it was cancelled, then it is kept as contradicting, and the shipment stays cancelled', async () => {
    const { orderId, reference } = await scheduled();
    await world.one.cancel.execute(orderId);
    const ghost = event(reference, 'in_transit');
    await receive(ghost.body);
    expect(await stateOf(orderId)).toBe('CANCELLED');
    expect(await outcomeOf(ghost)).toBe('contradicting');
    expect(await facts(orderId)).toEqual([]);
  });

  it.each([
    ['about nobody we know', () => event('shp_unknown', 'in_transit'), 'waiting'],
    ['that tells nothing', () => event('shp_unknown', 'unknown'), 'ignored'],
  ])('given an event %s, then it is stored', async (_, make, outcome) => {
    const made = make();
    await receive(made.body);
    expect(await outcomeOf(made)).toBe(outcome);
  });

  it.each<[string, (body: string) => string, string]>([
    ['no signature', () => '', 'missing'],
    ['noise', () => 'hello', 'malformed'],
    ['a forged signature', (body) => signWebhook('another-secret-of-them', body), 'forged'],
    ['the signature of another body', () => signWebhook(WEBHOOK_SECRET, '{}'), 'forged'],
    [
      'a signature of six minutes ago',
      (body) => signWebhook(WEBHOOK_SECRET, body, new Date(Date.now() - 6 * MINUTE)),
      'stale',
    ],
    [
      'a signature from the future',
      (body) => signWebhook(WEBHOOK_SECRET, body, new Date(Date.now() + 6 * MINUTE)),
      'stale',
    ],
  ])('given %s, then it is refused and nothing is stored', async (_, sign, problem) => {
    const { orderId, reference } = await scheduled();
    const forged = event(reference, 'delivered');
    await expect(receive(forged.body, sign(forged.body))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { problem },
    });
    expect(await outcomeOf(forged)).toBeUndefined();
    expect(await stateOf(orderId)).toBe('SCHEDULED');
  });

  it('given the secret that comes next, then it is accepted', async () => {
    const { orderId, reference } = await scheduled();
    const { body } = event(reference, 'in_transit');
    await receive(body, signWebhook('a-secret-that-comes-next', body));
    expect(await stateOf(orderId)).toBe('DISPATCHED');
  });

  it.each(['{', '{}', 'null', '\u0000'])('given the signed body %j, then it is refused', async (body) => {
    await expect(receive(body)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('a parcel from its scheduling to its delivery', () => {
  it("given the carrier's own webhooks, then the order hears of both", async () => {
    const world = await carrierWorld({ dispatchAfterMs: 50, deliverAfterMs: 50, deliverWebhooks: true });
    try {
      const order = orderTo('DE');
      await world.one.schedule.execute(order);
      await eventually(async () =>
        expect(await world.one.shipments.get(order.orderId)).toMatchObject({ state: 'DELIVERED', version: 3 }),
      );
      expect(world.webhooks).toHaveLength(2);
    } finally {
      await world.stop();
    }
  });
});
