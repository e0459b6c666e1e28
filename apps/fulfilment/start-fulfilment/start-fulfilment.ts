import { Inject, Injectable } from '@nestjs/common';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { EventData } from '#libs/contracts/events.js';
import { logger } from '#libs/telemetry/logger.js';
import { Orchestrator } from '#libs/temporal/orchestrator.js';
import { WORKFLOW_TYPE } from '#workflows/fulfil-order/contract.js';
import type { FulfilmentPolicy } from '#workflows/fulfil-order/policy.js';
import { workflowsStarted } from '../fulfilment.metrics.js';
import { OpenOrders } from './open-orders.js';
import { startOptions } from './start-options.js';

/** Injection token of the numbers that orders are started with. */
export const POLICY = Symbol('fulfilment policy');

/** Starts an order's workflow. However often it is asked to: once. */
@Injectable()
export class StartFulfilment {
  constructor(
    private readonly orchestrator: Orchestrator,
    private readonly open: OpenOrders,
    @Inject(POLICY) private readonly policy: FulfilmentPolicy,
  ) {}

  /** @throws DependencyUnavailable when Temporal cannot be reached, or there is no room for another order: the message comes again. */
  async execute(order: EventData['OrderPlaced']): Promise<void> {
    await this.open.waitForRoom();
    try {
      await this.orchestrator.call(({ workflow }) =>
        workflow.start(WORKFLOW_TYPE, { ...startOptions(order, this.policy), requestEagerStart: true }),
      );
      workflowsStarted.inc({ result: 'started' });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      workflowsStarted.inc({ result: 'already started' });
      logger().debug('the workflow has been started before');
    }
  }
}
