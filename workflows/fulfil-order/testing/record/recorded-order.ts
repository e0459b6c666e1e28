import type { Client, WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { randomUUID } from 'node:crypto';
import { eventually } from '#libs/testing/eventually.js';
import { startOptions } from '../../../../apps/fulfilment/start-fulfilment/start-options.js';
import {
  amendUpdate,
  cancelUpdate,
  factSignal,
  workflowIdOf,
  WORKFLOW_TYPE,
  type AmendRequest,
  type Fact,
} from '../../contract.js';
import type { FulfilmentPolicy } from '../../policy.js';
import { World } from '../world.js';

type Changes = Pick<AmendRequest, 'items' | 'shippingAddress'>;

const PATIENCE = { withinMs: 120_000 };

/** An order on a real Temporal, as a scenario drives it. */
export class RecordedOrder {
  readonly world = new World();
  readonly workflowId = workflowIdOf(this.world.orderId);
  private readonly handle: WorkflowHandle;
  private readonly asked: Promise<unknown>[] = [];

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    /** Kills the worker, if there is one, and starts another. */
    readonly crash: () => Promise<void>,
  ) {
    this.handle = client.workflow.getHandle(this.workflowId);
  }

  async start(changed: Partial<FulfilmentPolicy> = {}): Promise<void> {
    const { order, policy } = this.world.input(changed);
    await this.client.workflow.start(WORKFLOW_TYPE, { ...startOptions(order, policy), taskQueue: this.taskQueue });
  }

  async until(condition: () => boolean): Promise<void> {
    await eventually(condition, PATIENCE);
  }

  /** Until all that has happened is in the history: no task is being done or waits to be. */
  async untilAtRest(): Promise<void> {
    await eventually(async () => !(await this.handle.describe()).raw.pendingWorkflowTask, PATIENCE);
  }

  async untilStatus(status: string): Promise<void> {
    await this.until(() => this.world.log.status === status);
    await this.untilAtRest();
  }

  async tell(fact: Fact): Promise<void> {
    await this.handle.signal(factSignal, fact);
  }

  /** The carrier takes the parcel and delivers it. */
  async deliver(): Promise<void> {
    await this.untilStatus('CONFIRMED');
    await this.tell(this.world.carrier.dispatch());
    await this.untilStatus('SHIPPED');
    await this.tell(this.world.carrier.deliver());
    await this.end();
  }

  /** Returns the decision. */
  async cancel(): Promise<unknown> {
    const commandId = randomUUID();
    const args = [{ commandId, requestedBy: 'customer' }] as const;
    const asked = this.handle.executeUpdate(cancelUpdate, { updateId: commandId, args: [...args] });
    this.asked.push(asked);
    return await asked;
  }

  /** Returns when the workflow has the request. */
  async amend(changes: Changes): Promise<void> {
    const commandId = randomUUID();
    const update = await this.handle.startUpdate(amendUpdate, {
      updateId: commandId,
      args: [{ commandId, requestedBy: 'customer', ...changes }],
      waitForStage: 'ACCEPTED',
    });
    this.asked.push(update.result());
  }

  /** Without waiting for the decision: the workflow takes the request only when its task has ended. */
  cancelMeanwhile(): void {
    void this.cancel();
  }

  async cancelByTemporal(): Promise<void> {
    await this.handle.cancel();
  }

  /** Waits until the workflow has closed, with everything as it must be. */
  async end(): Promise<void> {
    await this.handle.result();
    await Promise.all(this.asked);
    const violations = this.world.violations();
    if (violations.length > 0) throw new Error(violations.join('; '));
  }

  async events(): Promise<object[]> {
    const history = await this.handle.fetchHistory();
    return (JSON.parse(historyToJSON(history)) as { events: object[] }).events;
  }

  /** Ends what is still open. */
  async abandon(): Promise<void> {
    this.world.faults.release();
    const { status } = await this.handle.describe();
    if (status.name === 'RUNNING') await this.handle.terminate();
  }
}
