import { WorkflowClient, type WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { engineUrl } from '#libs/testing/engine-urls.js';
import { startOptions } from '../../../apps/fulfilment/start-fulfilment/start-options.js';
import type { Decision } from '../../saga.js';
import {
  cancelUpdate,
  factSignal,
  SEARCH_ATTRIBUTES,
  TASK_QUEUE,
  WORKFLOW_TYPE,
  type Fact,
  type FulfilmentActivities,
  type FulfilOrderResult,
} from '../contract.js';
import type { FulfilmentPolicy } from '../policy.js';
import { World } from './world.js';

const QUIET = new DefaultLogger('ERROR');
const KEYWORD = 2;
const BOOL = 5;

/** A time-skipping server with a worker that runs the real workflow and activities; each order lives in a world of its own. */
export class Lab {
  private readonly worlds = new Map<string, World>();
  private running: Promise<void> | undefined;
  private worker: Worker | undefined;

  private constructor(readonly env: TestWorkflowEnvironment) {}

  static async open(): Promise<Lab> {
    Runtime.install({ logger: QUIET, telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
    const executable = { type: 'existing-path', path: engineUrl('testServer') } as const;
    const lab = new Lab(await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }));
    await lab.registerSearchAttributes();
    await lab.startWorker();
    return lab;
  }

  async close(): Promise<void> {
    for (const { faults } of this.worlds.values()) faults.release();
    this.worker?.shutdown();
    await this.running;
    await this.env.teardown();
  }

  /** Starts the order's workflow. */
  async place(world = new World(), policy: Partial<FulfilmentPolicy> = {}): Promise<PlacedOrder> {
    this.worlds.set(world.orderId, world);
    world.faults.clock = () => this.env.currentTimeMs();
    const { order, policy: whole } = world.input(policy);
    const handle = await this.env.client.workflow.start(WORKFLOW_TYPE, startOptions(order, whole));
    return new PlacedOrder(this.env, world, handle);
  }

  /** An order whose parcel waits for the carrier. */
  async confirmed(world = new World(), policy: Partial<FulfilmentPolicy> = {}): Promise<PlacedOrder> {
    const order = await this.place(world, policy);
    await order.untilStatus('CONFIRMED');
    return order;
  }

  private async registerSearchAttributes(): Promise<void> {
    const types = { KEYWORD, BOOL };
    const searchAttributes = Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, types[type]]),
    );
    await this.env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  }

  private async startWorker(): Promise<void> {
    const workflowsPath = fileURLToPath(new URL('../../index.ts', import.meta.url));
    this.worker = await Worker.create({
      connection: this.env.nativeConnection,
      taskQueue: TASK_QUEUE,
      workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: QUIET }),
      activities: this.activities(),
      shutdownForceTime: '1 second',
    });
    this.running = this.worker.run();
  }

  /** Every activity, done in the world of the order that it is called for. */
  private activities(): Record<string, (input: { orderId: string }) => Promise<unknown>> {
    const names = Object.keys(new World().activities) as (keyof FulfilmentActivities)[];
    return Object.fromEntries(
      names.map((name) => [
        name,
        async (input: { orderId: string }) => {
          const activity = this.worlds.get(input.orderId)?.activities[name] as (input: unknown) => Promise<unknown>;
          return await activity(input);
        },
      ]),
    );
  }
}

export class PlacedOrder {
  constructor(
    private readonly env: TestWorkflowEnvironment,
    readonly world: World,
    readonly handle: WorkflowHandle,
  ) {}

  /** Lets time pass, a second at once, until `condition` holds. */
  async until(condition: () => boolean, what: string, withinSeconds = 120): Promise<void> {
    for (let seconds = 0; seconds < withinSeconds; seconds += 1) {
      if (condition()) return;
      await this.env.sleep(1_000);
    }
    throw new Error(`Not within ${withinSeconds} s: ${what}`);
  }

  async untilStatus(status: string, withinSeconds?: number): Promise<void> {
    await this.until(() => this.world.log.status === status, `status ${status}`, withinSeconds);
  }

  /** Lets this much time pass. */
  async pass(time: string): Promise<void> {
    await this.env.sleep(time);
  }

  /** Skips time until the workflow has closed. */
  async result(): Promise<FulfilOrderResult> {
    // Unlocking the time of a server that is idle would make it jump by ten years.
    const { status } = await this.handle.describe();
    const plain = new WorkflowClient({ connection: this.env.connection });
    const handle = status.name === 'RUNNING' ? this.handle : plain.getHandle(this.handle.workflowId);
    return (await handle.result()) as FulfilOrderResult;
  }

  tell(fact: Fact): Promise<void> {
    return this.handle.signal(factSignal, fact);
  }

  /** The carrier picks the parcel up and delivers it. */
  async deliver(): Promise<FulfilOrderResult> {
    await this.untilStatus('CONFIRMED');
    await this.tell(this.world.carrier.dispatch());
    await this.tell(this.world.carrier.deliver());
    return await this.result();
  }

  cancel(commandId: string = randomUUID()): Promise<Decision> {
    return this.handle.executeUpdate(cancelUpdate, {
      updateId: commandId,
      args: [{ commandId, requestedBy: 'customer' }],
    });
  }

  /** Temporal's own cancellation. Its decision is found under the run's id. */
  async cancelByTemporal(): Promise<void> {
    await this.handle.cancel();
  }

  /** What was decided on it, as it is recorded; undefined while it is not. */
  async decisionByTemporal(): Promise<string | undefined> {
    return this.world.log.decisions.get((await this.handle.describe()).runId);
  }

  async needsAttention(): Promise<boolean> {
    const { typedSearchAttributes } = await this.handle.describe();
    return typedSearchAttributes.get(SEARCH_ATTRIBUTES.needsAttention) === true;
  }
}
