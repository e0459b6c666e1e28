import { Inject, Injectable } from '@nestjs/common';
import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { EventData } from '#libs/contracts/events.js';
import { Busy } from '#libs/messaging/failures.js';
import { logger } from '#libs/telemetry/logger.js';
import { Orchestrator } from '#libs/temporal/orchestrator.js';
import {
  WORKFLOW_TYPE,
  workflowIdOf,
  type AmendRequest,
  type CancelRequest,
} from '#workflows/fulfil-order/contract.js';
import type { FulfilmentPolicy } from '#workflows/fulfil-order/policy.js';
import { commandsDelivered } from '../fulfilment.metrics.js';
import { PROGRESS, type Progress } from '../participants.js';
import { decisionRequest } from '../record-progress/progress-requests.js';
import { OpenOrders } from '../start-fulfilment/open-orders.js';
import { POLICY } from '../start-fulfilment/start-fulfilment.js';
import { startOptions } from '../start-fulfilment/start-options.js';

const RECORD_TIMEOUT_MS = 3_000;

type Order = EventData['OrderPlaced'];

/** What is asked of a workflow, and how it is called there. */
export interface Command<Request extends CancelRequest | AmendRequest = CancelRequest | AmendRequest> {
  readonly name: 'cancel' | 'amend';
  readonly update: UpdateDefinition<unknown, [Request]>;
  readonly request: Request;
  /** As the order's own message does, when it has to start the workflow. */
  readonly waitsForRoom?: boolean;
}

/**
 * Brings a request to the order's workflow, and starts that first if the order's own message has not arrived yet: then it is
 * decided before the first step.
 */
@Injectable()
export class DeliverCommand {
  constructor(
    private readonly orchestrator: Orchestrator,
    private readonly open: OpenOrders,
    @Inject(PROGRESS) private readonly progress: Progress,
    @Inject(POLICY) private readonly policy: FulfilmentPolicy,
  ) {}

  /**
   * Returns when the workflow has the request in its history, or has closed before: then that is the decision.
   * @throws DependencyUnavailable when Temporal cannot be reached, or has no room for another order, WaybillError UNAVAILABLE
   * when orders cannot be reached, Busy when this one workflow does not take the request in time: the message comes again.
   */
  async execute<Request extends CancelRequest | AmendRequest>(order: Order, command: Command<Request>): Promise<void> {
    try {
      if (command.waitsForRoom && (await this.reaches(order, command))) return;
      if (command.waitsForRoom) await this.open.waitForRoom();
      await this.deliver(order, command);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      commandsDelivered.inc({ command: command.name, result: 'closed' });
      logger().info({ command: command.name }, 'a request came after the order had ended');
      await this.refuse(order, command);
    }
  }

  /** False when there is no workflow that is open. */
  private async reaches<Request extends CancelRequest | AmendRequest>(
    { orderId }: Order,
    { name, update, request }: Command<Request>,
  ): Promise<boolean> {
    const options = { updateId: request.commandId, args: [request] as [Request], waitForStage: 'ACCEPTED' } as const;
    try {
      await this.ask(orderId, name, ({ workflow }) =>
        workflow.getHandle(workflowIdOf(orderId)).startUpdate(update, options),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
    commandsDelivered.inc({ command: name, result: 'delivered' });
    return true;
  }

  private async deliver<Request extends CancelRequest | AmendRequest>(
    order: Order,
    { name, update, request }: Command<Request>,
  ): Promise<void> {
    await this.ask(order.orderId, name, ({ workflow }) =>
      workflow.startUpdateWithStart(update, {
        updateId: request.commandId,
        args: [request] as [Request],
        waitForStage: 'ACCEPTED',
        startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW_TYPE, {
          ...startOptions(order, this.policy),
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      }),
    );
    commandsDelivered.inc({ command: name, result: 'delivered' });
  }

  /** An order that keeps its own requests waiting holds up no other. */
  private async ask(orderId: string, command: Command['name'], update: (client: Client) => Promise<unknown>) {
    try {
      await this.orchestrator.call(update);
    } catch (error) {
      if (!(error instanceof Error && error.cause instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
      await this.orchestrator.check();
      commandsDelivered.inc({ command, result: 'busy' });
      logger().warn(
        { command },
        'the workflow of an order does not take a request; it is asked again, others go first',
      );
      throw new Busy(`Order ${orderId} does not take the request yet`, { cause: error });
    }
  }

  /** If the workflow has decided this very command before it closed, orders keeps to that. */
  private async refuse({ orderId }: Order, { name, request }: Command): Promise<void> {
    const { commandId, requestedBy } = request;
    const decision = { decision: 'refused', code: 'ALREADY_FINAL' } as const;
    const record = { orderId, commandId, requestedBy, decision, ...(name === 'amend' && { command: name }) };
    await this.progress.recordDecision(decisionRequest(record), { deadlineMs: RECORD_TIMEOUT_MS });
  }
}
