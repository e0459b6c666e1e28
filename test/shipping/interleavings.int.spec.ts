import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { signWebhook } from '#libs/security/webhook-signature.js';
import { eventually } from '#libs/testing/eventually.js';
import { WEBHOOK_SECRET } from '../../apps/carrier-simulator/testing/start-carrier-simulator.js';
import type { Stage } from '../../apps/carrier-simulator/schema.js';
import type { ShipmentRow } from '../../apps/shipping/schema.js';
import type { ShipmentState } from '../../apps/shipping/shipment/shipment.js';
import { orderTo, toldAbout } from '../../apps/shipping/testing/shipping-fixture.js';
import { carrierWorld, type CarrierWorld } from './carrier-world.js';
import { Stepwise, type Worker } from './stepwise.js';

/** `WAYBILL_TEST_RUNS=5000 npm run jest -- test/shipping/interleavings` looks longer. */
const RUNS = Number(process.env['WAYBILL_TEST_RUNS'] ?? 80);

const STATE_AT: Readonly<Record<Stage, ShipmentState>> = {
  quoted: 'REFUSED',
  labelled: 'SCHEDULED',
  voided: 'CANCELLED',
  in_transit: 'DISPATCHED',
  delivered: 'DELIVERED',
  lost: 'LOST',
};

interface Plan {
  readonly country: string;
  readonly schedules: number;
  readonly cancels: number;
  /** Each picks one of the things that can happen next. */
  readonly picks: readonly number[];
}

const plans = fc.record({
  country: fc.constantFrom('DE', 'DE', 'DE', 'DE', 'ZZ'),
  schedules: fc.integer({ min: 1, max: 3 }),
  cancels: fc.integer({ min: 0, max: 2 }),
  picks: fc.array(fc.nat(10_000), { minLength: 3, maxLength: 60 }),
});

describe('whatever happens in whatever order to one shipment', () => {
  let world: CarrierWorld;
  let stepwise: Stepwise;
  beforeAll(async () => {
    world = await carrierWorld({ timeoutMs: 600_000 });
    stepwise = new Stepwise(world.link);
  });
  afterAll(() => world.stop());

  /** Plays a plan: calls that are lost, late or stand still for ever, hand-over, delivery, webhooks late and again. */
  async function play(plan: Plan): Promise<{ orderId: OrderId; workers: Worker[] }> {
    const order = orderTo(plan.country);
    const { orderId } = order;
    const workers: Worker[] = [];
    const schedule = (by: 'one' | 'two') => () => world[by].schedule.execute(order);
    const cancel = (by: 'one' | 'two') => () => world[by].cancel.execute(orderId);
    const toStart = [
      ...Array.from(
        { length: plan.schedules },
        (_, index) => ['schedule', schedule(index % 2 ? 'two' : 'one')] as const,
      ),
      ...Array.from({ length: plan.cancels }, (_, index) => ['cancel', cancel(index % 2 ? 'one' : 'two')] as const),
    ];
    for (const pick of plan.picks) {
      const standing = workers.filter(({ at }) => at !== 'end');
      const stages = await world.stageOf(orderId);
      const webhooks = await webhooksAbout(orderId);
      const possible: (() => Promise<unknown>)[] = [
        ...toStart.map(([name, work], index) => async () => {
          toStart.splice(index, 1);
          workers.push(await stepwise.start(name, work));
        }),
        ...standing.flatMap((worker) => [
          () => stepwise.step(worker, 'go'),
          () => stepwise.step(worker, 'go'),
          () => stepwise.step(worker, 'lose'),
        ]),
        ...(stages.some((stage) => stage === 'labelled' || stage === 'in_transit')
          ? [() => world.moveParcel(orderId)]
          : []),
        ...webhooks.map((body) => () => deliver(body)),
      ];
      if (possible.length > 0) await possible[pick % possible.length]?.();
    }
    for (const [name, work] of toStart) workers.push(await stepwise.start(name, work));
    return { orderId, workers };
  }

  /** What happens when nothing is lost any more: the workflow decides its cancel, every webhook arrives. */
  async function settle({ country, cancels, picks }: Plan, orderId: OrderId, workers: Worker[]): Promise<void> {
    const standing = workers
      .map((worker, index) => ({ worker, turn: picks[index] ?? 0 }))
      .sort((one, other) => one.turn - other.turn);
    for (const { worker } of standing) await finish(worker);
    for (const name of [...(cancels > 0 ? ['cancel'] : []), 'schedule']) {
      await eventually(async () => {
        const work =
          name === 'cancel'
            ? () => world.one.cancel.execute(orderId)
            : () => world.two.schedule.execute({ ...orderTo(country), orderId });
        const worker = await stepwise.start(name, work);
        await finish(worker);
        workers.push(worker);
        return codeOf(worker) !== 'UNAVAILABLE';
      });
    }
    for (const body of await webhooksAbout(orderId)) await deliver(body);
  }

  async function finish(worker: Worker): Promise<void> {
    while (worker.at !== 'end') await stepwise.step(worker, 'go');
  }

  async function check(orderId: OrderId, workers: readonly Worker[]): Promise<void> {
    const shipment = await world.one.shipments.get(orderId);
    const stages = await world.stageOf(orderId);
    const codes = (name: string) => workers.filter((worker) => worker.name === name).map(codeOf);

    expect(stages.length).toBeLessThanOrEqual(1);
    if (codes('cancel').includes('ok')) {
      expect(stages.filter((stage) => stage !== 'voided')).toEqual([]);
      expect(['CANCELLED', 'REFUSED']).toContain(shipment.state);
      expect(codes('cancel')).not.toContain('TOO_LATE');
      expect(['SHIPMENT_CANCELLED', 'NOT_SERVED']).toContain(codes('schedule').at(-1));
    }
    const ended = stepwise.ended.filter((worker) => workers.includes(worker));
    const cancelled = ended.findIndex((worker) => worker.name === 'cancel' && codeOf(worker) === 'ok');
    const late = cancelled < 0 ? [] : ended.slice(cancelled).filter(({ name }) => name === 'schedule');
    expect(late.map(codeOf)).not.toContain('ok');

    const [stage] = stages as Stage[];
    if (stage !== undefined) expect(shipment.state).toBe(STATE_AT[stage]);
    expect(codes('schedule').concat(codes('cancel'))).not.toContain('INTERNAL');

    const trackings = workers.flatMap(({ name, outcome }) =>
      name === 'schedule' && outcome && 'ok' in outcome ? [(outcome.ok as ShipmentRow).tracking] : [],
    );
    expect(new Set(trackings).size).toBeLessThanOrEqual(1);

    const told = (await toldAbout(world.database, orderId))
      .filter(({ lane }) => lane === 'events')
      .map(({ envelope }) => envelope);
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index + 1));
    expect(shipment.version).toBe(told.length);
    const types = told.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    if (types.includes('ShipmentCancelled')) expect(types).toEqual(['ShipmentScheduled', 'ShipmentCancelled']);
  }

  it(
    'then a cancel that succeeded leaves no parcel under way, there is never more than one, and all is told once, in order',
    async () => {
      await fc.assert(
        fc.asyncProperty(plans, async (plan) => {
          const { orderId, workers } = await play(plan);
          await settle(plan, orderId, workers);
          await check(orderId, workers);
        }),
        { numRuns: RUNS, endOnFailure: false },
      );
    },
    RUNS * 2_000,
  );

  async function webhooksAbout(orderId: OrderId): Promise<string[]> {
    const rows = world.carrierDatabase.db
      .selectFrom('webhooks')
      .innerJoin('shipments', 'shipments.id', 'webhooks.shipment_id')
      .select('webhooks.body')
      .where('shipments.reference', '=', orderId)
      .orderBy('webhooks.created_at');
    return (await rows.execute()).map(({ body }) => body);
  }

  function deliver(body: string): Promise<unknown> {
    return world.two.receive.execute({ body: Buffer.from(body), signature: signWebhook(WEBHOOK_SECRET, body) });
  }
});

function codeOf({ outcome }: Worker): string {
  if (!outcome) return 'standing';
  if ('ok' in outcome) return 'ok';
  if (isWaybillError(outcome.error)) return outcome.error.code;
  throw outcome.error;
}
