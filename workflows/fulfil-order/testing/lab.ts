import { WorkflowClient, type WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { PayloadCodec } from '@temporalio/common';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { engineUrl } from '#libs/testing/engine-urls.js';
import { eventually } from '#libs/testing/eventually.js';
import { startOptions } from '../../../apps/fulfilment/start-fulfilment/start-options.js';
import type { Decision } from '../../saga.js';
import { bundledWorkflows } from '../../testing/bundled-workflows.js';
import {
  amendUpdate,
  type AmendDecision,
  type AmendRequest,
  cancelUpdate,
  factSignal,
  SEARCH_ATTRIBUTES,
  TASK_QUEUE,
  workflowIdOf,
  WORKFLOW_TYPE,
  type Fact,
  type FulfilOrderResult,
} from '../contract.js';
import type { FulfilmentPolicy } from '../policy.js';
import { World } from './world.js';

const QUIET = new DefaultLogger('ERROR');
const { EventType, IndexedValueType } = temporal.api.enums.v1;
const TASK_SCHEDULED = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED;
const TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED;
const MARKER_RECORDED = EventType.EVENT_TYPE_MARKER_RECORDED;
const UPDATE_ACCEPTED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED;

interface LabOptions {
  /** Sees what the worker takes in and gives out, at the moment when it does. */
  readonly codec?: PayloadCodec;
  /** The worker keeps no workflow between two tasks: whichever worker comes next replays it. */
  readonly forgetful?: boolean;
}

/** A time-skipping server with a worker that runs the real workflow and activities; each order lives in a world of its own. */
export class Lab {
  private readonly worlds = new Map<string, World>();
  private running: Promise<void> | undefined;
  private worker: Worker | undefined;

  private constructor(
    readonly env: TestWorkflowEnvironment,
    private readonly options: LabOptions,
  ) {}

  static async open(options: LabOptions = {}): Promise<Lab> {
    Runtime.install({ logger: QUIET, telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
    const executable = { type: 'existing-path', path: engineUrl('testServer') } as const;
    const lab = new Lab(await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }), options);
    await lab.registerSearchAttributes();
    await lab.startWorker();
    return lab;
  }

  async close(): Promise<void> {
    for (const { faults } of this.worlds.values()) faults.release();
    await this.stopWorker();
    await this.env.teardown();
  }

  /** Takes no more tasks; returns when those in hand are done. */
  async stopWorker(): Promise<void> {
    this.worker?.shutdown();
    await this.running;
  }

  /** An order that is yet to be started, so that a test can say first what happens on its way. */
  prepare(world = new World(), policy: Partial<FulfilmentPolicy> = {}): PlacedOrder {
    this.worlds.set(world.orderId, world);
    world.faults.clock = () => this.env.currentTimeMs();
    return new PlacedOrder(this.env, world, policy);
  }

  /** Starts the order's workflow. */
  async place(world = new World(), policy: Partial<FulfilmentPolicy> = {}): Promise<PlacedOrder> {
    const order = this.prepare(world, policy);
    await order.start();
    return order;
  }

  /** An order whose parcel waits for the carrier. */
  async confirmed(world = new World(), policy: Partial<FulfilmentPolicy> = {}): Promise<PlacedOrder> {
    const order = await this.place(world, policy);
    await order.untilStatus('CONFIRMED');
    return order;
  }

  private async registerSearchAttributes(): Promise<void> {
    const { INDEXED_VALUE_TYPE_KEYWORD: KEYWORD, INDEXED_VALUE_TYPE_BOOL: BOOL } = IndexedValueType;
    const types = { KEYWORD, BOOL };
    const searchAttributes = Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, types[type]]),
    );
    await this.env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  }

  async startWorker(): Promise<void> {
    const { codec, forgetful } = this.options;
    this.worker = await Worker.create({
      connection: this.env.nativeConnection,
      taskQueue: TASK_QUEUE,
      workflowBundle: await bundledWorkflows(),
      ...(codec && { dataConverter: { payloadCodecs: [codec] } }),
      ...(forgetful && { maxCachedWorkflows: 0 }),
      activities: this.activities(),
      shutdownForceTime: '1 second',
    });
    this.running = this.worker.run();
  }

  /** Every activity, done in the world of the order that it is called for. */
  private activities(): Record<string, (input: { orderId: string }) => Promise<unknown>> {
    const names = Object.keys(new World().activities);
    return Object.fromEntries(names.map((name) => [name, (input) => this.worldOf(input).run(name, input)]));
  }

  private worldOf({ orderId }: { orderId: string }): World {
    const world = this.worlds.get(orderId);
    if (!world) throw new Error(`No such order: ${orderId}`);
    return world;
  }
}

/** How long a result may take by the clock on the wall: a workflow that waits for ever must not hang the tests. */
const PATIENCE_MS = 20_000;

const STRIDE_MS = 200;

export type Changes = Pick<AmendRequest, 'items' | 'shippingAddress' | 'follows'>;

export class PlacedOrder {
  readonly handle: WorkflowHandle;

  constructor(
    private readonly env: TestWorkflowEnvironment,
    readonly world: World,
    private readonly policy: Partial<FulfilmentPolicy>,
  ) {
    this.handle = env.client.workflow.getHandle(workflowIdOf(world.orderId));
  }

  async start(): Promise<void> {
    const { order, policy } = this.world.input(this.policy);
    await this.env.client.workflow.start(WORKFLOW_TYPE, startOptions(order, policy));
  }

  /** Lets time pass until `condition` holds. While the worker has work to do, time passes as on the wall. */
  async until(condition: () => boolean, what: string, withinSeconds = 120): Promise<void> {
    for (let passed = 0; passed < withinSeconds * 1_000; passed += STRIDE_MS) {
      if (condition()) return;
      await this.env.sleep(STRIDE_MS);
    }
    throw new Error(`Not within ${withinSeconds} s: ${what}`);
  }

  async untilStatus(status: string, withinSeconds?: number): Promise<void> {
    await this.until(() => this.world.log.status === status, `status ${status}`, withinSeconds);
  }

  /** Lets time pass until somebody is asked to look at just these steps. */
  async untilAttention(...steps: readonly string[]): Promise<void> {
    const asked = () => [...this.world.log.attention].toSorted().join();
    for (let passed = 0; passed < 3_600 && asked() !== steps.toSorted().join(); passed += 20)
      await this.env.sleep('20 seconds');
    if (asked() !== steps.toSorted().join()) throw new Error(`Within an hour, attention only for: ${asked()}`);
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
    const result = this.env.connection.withDeadline(Date.now() + PATIENCE_MS, () => handle.result());
    return (await result) as FulfilOrderResult;
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

  /** Returns when the workflow has the request; what comes of it, `decided` says. */
  async amend(
    changes: Changes,
    commandId: string = randomUUID(),
  ): Promise<{ readonly decided: Promise<AmendDecision> }> {
    const update = await this.handle.startUpdate(amendUpdate, {
      updateId: commandId,
      args: [{ commandId, requestedBy: 'customer', ...changes }],
      waitForStage: 'ACCEPTED',
    });
    return { decided: update.result() };
  }

  /**
   * Temporal's own cancellation. Returns when it is decided and the workflow has acted on it: the test server cannot bear
   * an activity that ends while the workflow is cancelling it (the real server can).
   */
  async cancelByTemporal(): Promise<void> {
    await this.handle.cancel();
    await this.acted();
  }

  /** Returns when the workflow has acted on Temporal's cancellation. */
  async acted(): Promise<void> {
    await eventually(
      async () => (await this.decisionByTemporal()) !== undefined && !(await this.workflowTaskPending()),
    );
  }

  /** What was decided on it, as it is recorded; undefined while it is not. */
  async decisionByTemporal(): Promise<string | undefined> {
    return this.world.log.decisions.get((await this.handle.describe()).runId);
  }

  /** What the Temporal UI shows. Answered by the workflow, after all that it was told before. */
  async currentDetails(): Promise<string> {
    const query = '__temporal_workflow_metadata';
    const { currentDetails } = await this.handle.query<temporal.api.sdk.v1.IWorkflowMetadata>(query);
    return currentDetails ?? '';
  }

  async needsAttention(): Promise<boolean> {
    const { typedSearchAttributes } = await this.handle.describe();
    return typedSearchAttributes.get(SEARCH_ATTRIBUTES.needsAttention) === true;
  }

  /** True when the workflow has taken an update, whatever becomes of its worker. */
  async knowsUpdate(): Promise<boolean> {
    return (await this.eventTypes()).includes(UPDATE_ACCEPTED);
  }

  /** True when the workflow knows how a local activity ended, whatever becomes of its worker. */
  async knowsLocalEnd(): Promise<boolean> {
    return (await this.eventTypes()).includes(MARKER_RECORDED);
  }

  private async eventTypes() {
    const { events } = await this.handle.fetchHistory();
    return events?.map(({ eventType }) => eventType) ?? [];
  }

  private async workflowTaskPending(): Promise<boolean> {
    const types = await this.eventTypes();
    return types.lastIndexOf(TASK_SCHEDULED) > types.lastIndexOf(TASK_COMPLETED);
  }
}
