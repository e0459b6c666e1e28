import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activityInfo } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { Operation } from './testing/faults.js';
import { Lab, type PlacedOrder } from './testing/lab.js';
import { QUANTITY } from './testing/sample-order.js';
import { World } from './testing/world.js';

const CANCELLED = { status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' };
const DELIVERED = { status: 'DELIVERED' };

/** A moment of the order that is under test: a call of a participant, a task of the workflow, a rest. */
type Moment = Operation | 'task' | 'rest';
/** The arbiter, and the record of what it says. */
const TO_THE_DECISION: ReadonlySet<Moment> = new Set(['cancel', 'recordDecision']);
let pass: (moment: Moment) => Promise<void> = async () => undefined;

const tasks: PayloadCodec = {
  decode: (payloads: Payload[]) => pass('task').then(() => payloads),
  encode: async (payloads: Payload[]) => payloads,
};

describe('cancelling an order at any moment', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open({ codec: tasks });
  }, 60_000);
  afterAll(() => lab.close());

  it.each(['update', 'Temporal'] as const)(
    'by %s, at every moment of its history: accepted and undone, or refused and delivered',
    async (by) => {
      const endings: string[] = [];
      for (let moment = 1; ; moment += 1) {
        const { order, asked } = await fulfil(moment, by);
        if (asked === undefined) break;
        const result = await order.result();
        const decision = await asked.catch(ifClosed);
        const recorded = [...order.world.log.decisions.values()];
        expect({ moment, result }).toEqual({ moment, result: recorded.includes('accepted') ? CANCELLED : DELIVERED });
        if (by === 'update') expect({ moment, recorded }).toEqual({ moment, recorded: decision });
        expect({ moment, violations: order.world.violations() }).toEqual({ moment, violations: [] });
        endings.push(recorded[0] ?? 'closed');
      }
      expect(endings.length).toBeGreaterThan(25);
      // Where exactly it becomes too late depends on how busy the machine is: Temporal tells the workflow in its own time.
      expect(endings[0]).toBe('accepted');
      expect(endings).toContain('TOO_LATE');
    },
    120_000,
  );

  /** Takes an order to its end, and asks for its cancellation at one of its moments. */
  async function fulfil(moment: number, by: 'update' | 'Temporal') {
    const world = new World();
    const order = lab.prepare(world);
    let passed = 0;
    let asked: Promise<string[]> | undefined;
    pass = async (at) => {
      passed += 1;
      if (passed === moment) asked = ask(order, by);
      // A regular activity can wait for the decision, unless it is what leads to it. For what is local, the workflow waits.
      if (asked && !TO_THE_DECISION.has(at) && inRegularActivity())
        await (by === 'update' ? asked : order.acted()).catch(ifClosed);
    };
    world.faults.listener = pass;
    await order.start();
    await drive(order);
    return { order, asked };
  }
});

describe('cancelling an order while no worker is there', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open({ forgetful: true });
  }, 60_000);
  afterAll(() => lab.close());

  it.each(['update', 'Temporal'] as const)('by %s, before any worker has seen the order', async (by) => {
    const order = lab.prepare();
    order.world.stock.hold(QUANTITY);
    await lab.stopWorker();
    await order.start();
    const asked = by === 'update' ? order.cancel() : order.handle.cancel();
    await lab.startWorker();
    expect(await order.result()).toEqual(CANCELLED);
    await asked;
    expect(order.world.money.ledger).toEqual([]);
    expect(order.world.stock).toMatchObject({ state: 'RELEASED', held: 0 });
    expect(order.world.violations()).toEqual([]);
  });

  it.each(['update', 'Temporal'] as const)(
    'by %s, when the workflow learns of it together with the end of the payment',
    async (by) => {
      const world = new World();
      const order = lab.prepare(world);
      let stopped: Promise<void> | undefined;
      world.faults.on('after', 'charge', () => void (stopped = lab.stopWorker()));
      await order.start();
      await order.until(() => stopped !== undefined, 'charged');
      await stopped;
      const asked = by === 'update' ? order.cancel() : order.handle.cancel();
      await lab.startWorker();
      expect(await order.result()).toEqual(CANCELLED);
      await asked;
      expect([world.money.captured, world.money.refunded]).toEqual([9_980, 9_980]);
      expect(world.violations()).toEqual([]);
    },
  );
});

function ask(order: PlacedOrder, by: 'update' | 'Temporal'): Promise<string[]> {
  if (by === 'Temporal') return order.handle.cancel().then(() => []);
  return order.cancel().then((decision) => ['code' in decision ? decision.code : 'accepted']);
}

/** The world goes its way, whatever is asked meanwhile. */
async function drive(order: PlacedOrder): Promise<void> {
  const { carrier, log } = order.world;
  await order.until(() => ['CONFIRMED', 'CANCELLED'].includes(log.status), 'confirmed or cancelled');
  await pass('rest');
  if (carrier.state === 'SCHEDULED') await order.tell(carrier.dispatch()).catch(ifClosed);
  await order.until(() => ['SHIPPED', 'CANCELLED'].includes(log.status), 'shipped or cancelled');
  await pass('rest');
  if (carrier.state === 'DISPATCHED') await order.tell(carrier.deliver()).catch(ifClosed);
}

function ifClosed(error: unknown): string[] {
  if (error instanceof WorkflowNotFoundError) return [];
  throw error;
}

function inRegularActivity(): boolean {
  try {
    return !activityInfo().isLocal;
  } catch {
    return false;
  }
}
