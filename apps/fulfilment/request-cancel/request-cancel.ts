import { Inject, Injectable } from '@nestjs/common';
import { WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { EventData } from '#libs/contracts/events.js';
import { logger } from '#libs/telemetry/logger.js';
import { Orchestrator } from '#libs/temporal/orchestrator.js';
import { cancelUpdate, WORKFLOW_TYPE, type CancelRequest } from '#workflows/fulfil-order/contract.js';
import type { FulfilmentPolicy } from '#workflows/fulfil-order/policy.js';
import { commandsDelivered } from '../fulfilment.metrics.js';
import { PROGRESS, type Progress } from '../participants.js';
import { decisionRequest } from '../record-progress/progress-requests.js';
import { POLICY } from '../start-fulfilment/start-fulfilment.js';
import { startOptions } from '../start-fulfilment/start-options.js';

const RECORD_TIMEOUT_MS = 3_000;

/**
 * Brings a request to cancel to the order's workflow, and starts that first if the order's own message has not arrived yet:
 * then it is turned back before its first step. One that is started here waits for no room: it is on its way out.
 */
@Injectable()
export class RequestCancel {
  constructor(
    private readonly orchestrator: Orchestrator,
    @Inject(PROGRESS) private readonly progress: Progress,
    @Inject(POLICY) private readonly policy: FulfilmentPolicy,
  ) {}

  /**
   * Returns when the workflow has the request in its history, or has closed before: then that is the decision.
   * @throws DependencyUnavailable when Temporal cannot be reached, WaybillError UNAVAILABLE when orders cannot: the message comes again.
   */
  async execute({ order, orderId, commandId, requestedBy }: EventData['CancelRequested']): Promise<void> {
    const request: CancelRequest = { commandId, requestedBy };
    try {
      await this.orchestrator.call(({ workflow }) =>
        workflow.startUpdateWithStart(cancelUpdate, {
          updateId: commandId,
          args: [request],
          waitForStage: 'ACCEPTED',
          startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW_TYPE, {
            ...startOptions(order, this.policy),
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        }),
      );
      commandsDelivered.inc({ command: 'cancel', result: 'delivered' });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      commandsDelivered.inc({ command: 'cancel', result: 'closed' });
      logger().info('a request to cancel came after the order had ended');
      await this.refuse(orderId, request);
    }
  }

  /** If the workflow has decided this very command before it closed, orders keeps to that. */
  private async refuse(orderId: string, request: CancelRequest): Promise<void> {
    const decision = { decision: 'refused', code: 'ALREADY_FINAL' } as const;
    await this.progress.recordDecision(decisionRequest({ orderId, ...request, decision }), {
      deadlineMs: RECORD_TIMEOUT_MS,
    });
  }
}
