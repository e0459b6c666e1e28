import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import Long from 'long';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventData } from '#libs/contracts/events.js';
import { Busy, DependencyUnavailable } from '#libs/messaging/failures.js';
import { encryptedBy } from '#libs/temporal/data-converter.js';
import { Orchestrator } from '#libs/temporal/orchestrator.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { engineUrl } from '#libs/testing/engine-urls.js';
import { eventually } from '#libs/testing/eventually.js';
import { inClear } from '#libs/testing/in-clear.js';
import { TEST_KEYS } from '#libs/testing/payload-keys.js';
import { freePort } from '#libs/testing/free-port.js';
import {
  cancelUpdate,
  orderIdOf,
  SEARCH_ATTRIBUTES,
  TASK_QUEUE,
  workflowIdOf,
  WORKFLOW_TYPE,
  type FulfilmentActivities,
} from '#workflows/fulfil-order/contract.js';
import { DEFAULT_POLICY } from '#workflows/fulfil-order/policy.js';
import { QUANTITY } from '../../workflows/fulfil-order/testing/sample-order.js';
import { World } from '../../workflows/fulfil-order/testing/world.js';
import type { Progress } from './participants.js';
import { CommandsController } from './deliver-commands/commands.controller.js';
import { DeliverCommand } from './deliver-commands/deliver-command.js';
import { SignalFact } from './signal-facts/signal-fact.js';
import { OpenOrders } from './start-fulfilment/open-orders.js';
import { StartFulfilment } from './start-fulfilment/start-fulfilment.js';
import { startOptions } from './start-fulfilment/start-options.js';

const dataConverter = encryptedBy(TEST_KEYS);
const worlds = new Map<string, World>();
/** Orders, as far as it is asked directly. */
const progress = {
  recordDecision: (request, options) => logOf(request.orderId).recordDecision(request, options),
} as Partial<Progress> as Progress;

function logOf(orderId: string): World['log'] {
  const world = worlds.get(orderId);
  if (world === undefined) throw new Error(`${orderId} was not placed here`);
  return world.log;
}

function orchestrator(address: string, namespace: string): Orchestrator {
  const activities = Object.fromEntries(
    Object.keys(new World().activities).map((name) => [
      name as keyof FulfilmentActivities,
      (input: { orderId: string }) => worlds.get(input.orderId)?.run(name, input),
    ]),
  );
  const searchAttributes = Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, type]));
  const logFieldsOf = (workflowId: string) => ({ orderId: orderIdOf(workflowId) });
  const options = { connect: { address }, namespace, dataConverter, searchAttributes, activities, logFieldsOf };
  return new Orchestrator({ ...options, taskQueue: TASK_QUEUE, concurrent: 50 });
}

interface Commands {
  cancel(data: EventData['CancelRequested']): Promise<void>;
  amend(data: EventData['AmendRequested']): Promise<void>;
}

describe('fulfilment on a real Temporal', () => {
  const namespace = `test-${randomUUID()}`;
  let connection: Connection;
  let client: Client;
  let temporal: Orchestrator;
  let starting: StartFulfilment;
  let signalling: SignalFact;
  let commands: Commands;

  beforeAll(async () => {
    connection = await Connection.connect({ address: engineUrl('temporal') });
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: Long.fromNumber(86_400) },
    });
    client = new Client({ connection, namespace, dataConverter });
    temporal = orchestrator(engineUrl('temporal'), namespace);
    temporal.start();
    starting = startingAtMost(1_000);
    signalling = new SignalFact(temporal);
    commands = commandsOn(temporal);
    await eventually(() => temporal.check(), { withinMs: 50_000 });
  }, 60_000);

  afterAll(async () => {
    await temporal.stop();
    await connection.operatorService.deleteNamespace({ namespace });
    await connection.close();
  }, 30_000);

  function startingAtMost(maxOpen: number, on = temporal): StartFulfilment {
    return new StartFulfilment(on, new OpenOrders(on, { maxOpen, patienceMs: 500 }), DEFAULT_POLICY);
  }

  function commandsOn(on: Orchestrator, maxOpen = 1_000): Commands {
    const open = new OpenOrders(on, { maxOpen, patienceMs: 500 });
    const controller = new CommandsController(new DeliverCommand(on, open, progress, DEFAULT_POLICY));
    return {
      cancel: (data) => controller.cancelRequested({ data } as Envelope<'CancelRequested'>),
      amend: (data) => controller.amendRequested({ data } as Envelope<'AmendRequested'>),
    };
  }

  function cancelOf({ order }: { readonly order: EventData['OrderPlaced'] }): EventData['CancelRequested'] {
    return { orderId: order.orderId, commandId: randomUUID(), requestedBy: 'customer', order };
  }

  function amendOf(
    { order }: { readonly order: EventData['OrderPlaced'] },
    quantity: number,
  ): EventData['AmendRequested'] {
    const { orderId } = order;
    return { orderId, commandId: randomUUID(), requestedBy: 'customer', items: [{ sku: 'MUG', quantity }], order };
  }

  function register(world: World): World {
    worlds.set(world.orderId, world);
    return world;
  }

  async function place(world = new World()) {
    register(world);
    const { order } = world.input();
    await starting.execute(order);
    return { world, order, handle: client.workflow.getHandle(workflowIdOf(world.orderId)) };
  }

  it('takes at most 7 state transitions and 20 events to CONFIRMED', async () => {
    const { handle } = await confirmed();
    const { raw } = await handle.describe();
    const { stateTransitionCount, historyLength } = raw.workflowExecutionInfo ?? {};
    expect(Number(stateTransitionCount)).toBeLessThanOrEqual(7);
    expect(Number(historyLength)).toBeLessThanOrEqual(20);
  });

  it('starts an order once, however often it is asked to, and takes its facts to the end', async () => {
    const { world, order, handle } = await confirmed();
    await starting.execute(order);
    await signalling.execute(world.orderId, world.carrier.dispatch());
    await signalling.execute(world.orderId, world.carrier.deliver());
    expect(await handle.result()).toEqual({ status: 'DELIVERED' });
    await starting.execute(order);
    await signalling.execute(world.orderId, world.carrier.fact('delivered'));
    expect((await handle.describe()).status.name).toBe('COMPLETED');
    expect(world.violations()).toEqual([]);
  });

  it('tells Temporal no name, no address and no payment method, not even in a failure; what people read is readable', async () => {
    const world = new World();
    world.faults.break('charge', 'down', 1);
    const { handle } = await confirmed(world);
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    await commands.amend({ ...amendOf(world.input(), 5), shippingAddress: ELSEWHERE });
    await handle.cancel();
    await handle.result();
    const { workflowId } = handle;
    const raw = await connection.workflowService.getWorkflowExecutionHistory({ namespace, execution: { workflowId } });
    const described = await connection.workflowService.describeWorkflowExecution({
      namespace,
      execution: { workflowId },
    });
    const text = [raw, described].map((answer) => inClear(JSON.stringify(answer))).join('');
    const { shippingAddress, paymentMethod } = world.input().order;
    const secrets = [...Object.values({ ...shippingAddress, ...ELSEWHERE }), shippingAddress.line1, paymentMethod];
    const found = [...secrets, 'cannot be reached'].filter((word) => word.length > 2 && text.includes(word));
    expect(found).toEqual([]);
    const words = ['binary/encrypted', '2 pieces, 99.80 EUR', 'Charging the payment, attempt 1 of 3'];
    expect(words.filter((word) => !text.includes(word))).toEqual([]);
    expect(currentDetails).not.toBe('');
  });

  it('keeps closed workflows for 30 days', async () => {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
  });

  it.each(['update', 'Temporal'] as const)('takes a cancel by %s that comes just when the payment ends', async (by) => {
    for (let delayMs = 0; delayMs < 20; delayMs += 2) {
      const world = new World();
      const charged = new Promise<void>((resolve) => world.faults.on('after', 'charge', resolve));
      const { handle } = await place(world);
      await charged;
      await pause(delayMs);
      const commandId = randomUUID();
      if (by === 'Temporal') await handle.cancel();
      else
        await handle.executeUpdate(cancelUpdate, {
          updateId: commandId,
          args: [{ commandId, requestedBy: 'customer' }],
        });
      expect(await handle.result()).toEqual({ status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' });
      expect([...world.log.decisions.values()]).toEqual(['accepted']);
      expect(world.violations()).toEqual([]);
    }
  });

  describe('a request to cancel', () => {
    it('that overtakes its order starts it, turned back before its first step; the order itself then comes too late', async () => {
      const world = register(new World());
      world.stock.hold(QUANTITY);
      const input = world.input();
      await commands.cancel(cancelOf(input));
      await starting.execute(input.order);
      const handle = client.workflow.getHandle(workflowIdOf(world.orderId));
      expect(await handle.result()).toEqual({ status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' });
      expect([...world.log.decisions.values()]).toEqual(['accepted']);
      expect(world.log.steps).toMatchObject([{ step: 'reserve-inventory', direction: 'undo', outcome: 'ok' }]);
      expect(world.violations()).toEqual([]);
    });

    it('of a running order is decided once, however often it comes', async () => {
      const { world, order, handle } = await confirmed();
      const cancel = cancelOf({ order });
      await Promise.all([commands.cancel(cancel), commands.cancel(cancel)]);
      await commands.cancel(cancel);
      expect(await handle.result()).toEqual({ status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER' });
      expect([...world.log.decisions]).toEqual([[cancel.commandId, 'accepted']]);
      expect(world.violations()).toEqual([]);
    });

    it('does not wait for the decision: the arbiter may be away', async () => {
      const { world, order, handle } = await confirmed();
      world.faults.breakFor('cancel', 'down', 600_000);
      await commands.cancel(cancelOf({ order }));
      expect(world.log.decisions.size).toBe(0);
      world.faults.repair('cancel');
      expect(await handle.result()).toMatchObject({ status: 'CANCELLED' });
      expect(world.violations()).toEqual([]);
    }, 60_000);

    it('after the end is refused as such; one that was decided before stays as it was', async () => {
      const { world, order, handle } = await confirmed();
      const first = cancelOf({ order });
      await commands.cancel(first);
      await handle.result();
      const late = cancelOf({ order });
      await commands.cancel(late);
      await commands.cancel(first);
      expect([...world.log.decisions]).toEqual([
        [first.commandId, 'accepted'],
        [late.commandId, 'ALREADY_FINAL'],
      ]);
    });

    it('waits for no room among the orders on their way', async () => {
      const { order, handle } = await confirmed();
      await expect(startingAtMost(0).execute(new World().input().order)).rejects.toBeInstanceOf(DependencyUnavailable);
      await commands.cancel(cancelOf({ order }));
      expect(await handle.result()).toMatchObject({ status: 'CANCELLED' });
    });
  });

  describe('a request to amend', () => {
    it('that overtakes its order starts it, and is what the order is charged and sent by', async () => {
      const world = register(new World());
      world.stock.hold(QUANTITY);
      const input = world.input();
      const amend = amendOf(input, 5);
      await Promise.all([commands.amend(amend), commands.amend(amend)]);
      await starting.execute(input.order);
      await eventually(() => world.log.status === 'CONFIRMED');
      expect([...world.log.decisions]).toEqual([[amend.commandId, 'accepted']]);
      expect(world.money.captured).toBe(world.log.due.amount);
      expect(world.carrier.parcel).toMatchObject({ quantity: 5 });
    });

    it('of a running order is decided, and one that comes after the end is refused as such', async () => {
      const { world, order, handle } = await confirmed();
      const late = amendOf({ order }, 5);
      await commands.amend(late);
      await eventually(() => world.log.decisions.size === 1);
      await commands.cancel(cancelOf({ order }));
      await handle.result();
      const last = amendOf({ order }, 5);
      await commands.amend(last);
      expect(world.log.decisions.get(late.commandId)).toBe('TOO_LATE');
      expect(world.log.decisions.get(last.commandId)).toBe('ALREADY_FINAL');
    });

    it('waits for room when it has to start the order, and for none when the order is on its way', async () => {
      const crowded = commandsOn(temporal, 0);
      await expect(crowded.amend(amendOf(new World().input(), 5))).rejects.toBeInstanceOf(DependencyUnavailable);
      const { world, order } = await confirmed();
      await crowded.amend(amendOf({ order }, 5));
      await eventually(() => world.log.decisions.size === 1);
    });
  });

  it('keeps orders back while too many are on their way, and lets them go as others come to rest', async () => {
    const stuck = [new World(), new World()];
    for (const world of stuck) world.faults.breakFor('reserve', 'down', 600_000);
    for (const world of stuck) await place(world);
    const pending = "ExecutionStatus = 'Running' AND WaybillStatus = 'PENDING'";
    await eventually(async () => expect(await client.workflow.count(pending)).toMatchObject({ count: 2 }));
    const bounded = startingAtMost(2);
    const { order } = register(new World()).input();
    await expect(bounded.execute(order)).rejects.toBeInstanceOf(DependencyUnavailable);
    await expect(client.workflow.getHandle(workflowIdOf(order.orderId)).describe()).rejects.toThrow(/not found/i);

    for (const { faults } of stuck) faults.repair('reserve');
    await eventually(() => bounded.execute(order), { withinMs: 30_000 });
    expect(await client.workflow.getHandle(workflowIdOf(order.orderId)).describe()).toMatchObject({
      workflowId: workflowIdOf(order.orderId),
    });
  });

  describe('given a workflow that no worker is at, a request of it', () => {
    const QUICKLY_MS = 300;

    async function stuck(): Promise<EventData['OrderPlaced']> {
      const { order } = new World().input();
      const options = { ...startOptions(order, DEFAULT_POLICY), taskQueue: 'nobody-is-at-it' };
      await client.workflow.start(WORKFLOW_TYPE, options);
      return order;
    }

    /** As Temporal, that is given up soon. */
    function impatient(check: () => Promise<void>): Orchestrator {
      const call: Orchestrator['call'] = (work) => temporal.call(work, QUICKLY_MS);
      return { call, check } as Partial<Orchestrator> as Orchestrator;
    }

    it('is postponed while Temporal answers: others go on', async () => {
      const order = await stuck();
      const answers = commandsOn(impatient(() => temporal.check()));
      await expect(answers.cancel(cancelOf({ order }))).rejects.toBeInstanceOf(Busy);
      await expect(answers.amend(amendOf({ order }, 5))).rejects.toBeInstanceOf(Busy);
    });

    it('waits for Temporal, with all others, while that does not answer', async () => {
      const order = await stuck();
      const silent = commandsOn(impatient(() => Promise.reject(new DependencyUnavailable('no answer'))));
      await expect(silent.cancel(cancelOf({ order }))).rejects.toBeInstanceOf(DependencyUnavailable);
      await expect(silent.amend(amendOf({ order }, 5))).rejects.toBeInstanceOf(DependencyUnavailable);
    });
  });

  it('given Temporal cannot be reached, gives orders back, says so, and stops', async () => {
    const lonely = orchestrator(`127.0.0.1:${await freePort()}`, namespace);
    lonely.start();
    const order = new World().input().order;
    await expect(startingAtMost(1_000, lonely).execute(order)).rejects.toBeInstanceOf(DependencyUnavailable);
    await expect(commandsOn(lonely).cancel(cancelOf({ order }))).rejects.toBeInstanceOf(DependencyUnavailable);
    await expect(lonely.check()).rejects.toThrow('Temporal cannot be reached');
    await lonely.stop();
  });

  async function confirmed(world = new World()) {
    const placed = await place(world);
    await eventually(() => placed.world.log.status === 'CONFIRMED');
    // Recorded by the last activity; the task that it is part of ends a moment later.
    await eventually(async () => !(await placed.handle.describe()).raw.pendingWorkflowTask);
    return placed;
  }
});

const ELSEWHERE = {
  name: 'Ada King',
  line1: '10 Downing Street',
  city: 'London',
  postalCode: 'SW1A 2AA',
  country: 'GB',
};
