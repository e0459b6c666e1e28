import { CancellationScope, condition, currentUpdateInfo, setHandler, workflowInfo } from '@temporalio/workflow';
import type { EventData } from '#libs/contracts/events.js';
import type { Saga } from '../saga.js';
import { Amendments, type AmendmentRunner } from './amendments.js';
import type { Attempts } from './attempts.js';
import { amendUpdate, type AmendRequest } from './contract.js';
import type { FulfilmentPolicy } from './policy.js';
import type { Records } from './records.js';
import { linesOf, type FulfilmentStep } from './steps.js';

/** Takes requests to amend, by update. Each is answered with its decision, which is recorded before the workflow closes. */
export function decideAmendments(
  order: EventData['OrderPlaced'],
  policy: FulfilmentPolicy,
  saga: Saga<FulfilmentStep>,
  attempts: Attempts,
  records: Records,
): Amendments {
  const { orderId } = order;
  const runner: AmendmentRunner = {
    changeStock: ({ commandId }, amended) => attempts.amendStock({ orderId, commandId, lines: linesOf(amended) }),
    recordApplied: (record) =>
      records.write((orders) => orders.recordAmendment(record), 'Record the decision: amend accepted'),
    recordRefused: ({ commandId, requestedBy }, decision) => {
      const record = { orderId, commandId, requestedBy, command: 'amend', decision } as const;
      records.writeMeanwhile((orders) => orders.recordDecision(record), 'Record the decision: amend refused');
    },
    until: (decided) => CancellationScope.nonCancellable(() => condition(decided)),
    // Two tasks never begin with a history of the same length.
    task: () => workflowInfo().historyLength,
    mayHaveBegun: ({ name }, task) => policy.steps[name].localFirst && task === workflowInfo().historyLength,
  };
  const amendments = new Amendments(order, saga, runner);
  setHandler(amendUpdate, (request) => amendments.decide(request), {
    validator: validate,
    description: 'Changes quantities or the address, unless it is too late',
  });
  return amendments;
}

/** @throws Error that refuses the update before it reaches the order's history. */
function validate({ commandId, items, shippingAddress }: AmendRequest): void {
  if (currentUpdateInfo()?.id !== commandId)
    throw new Error('The update id must be the command id, so that it is decided once');
  if (items === undefined && shippingAddress === undefined) throw new Error('An amendment names items, or an address');
}
