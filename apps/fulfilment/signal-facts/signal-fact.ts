import { Injectable } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { logger } from '#libs/telemetry/logger.js';
import { Orchestrator } from '#libs/temporal/orchestrator.js';
import { factSignal, workflowIdOf, type Fact } from '#workflows/fulfil-order/contract.js';
import { factsDelivered } from '../fulfilment.metrics.js';

/** Brings what the world reported to the order's workflow. */
@Injectable()
export class SignalFact {
  constructor(private readonly orchestrator: Orchestrator) {}

  /**
   * A fact about an order whose workflow has ended changes nothing: it is counted.
   * @throws DependencyUnavailable when Temporal cannot be reached: the message comes again.
   */
  async execute(orderId: string, fact: Fact): Promise<void> {
    try {
      await this.orchestrator.call(({ workflow }) =>
        workflow.getHandle(workflowIdOf(orderId)).signal(factSignal, fact),
      );
      factsDelivered.inc({ kind: fact.kind, result: 'signalled' });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      factsDelivered.inc({ kind: fact.kind, result: 'closed' });
      logger().info({ fact: fact.kind }, 'a fact came after the order had ended');
    }
  }
}
