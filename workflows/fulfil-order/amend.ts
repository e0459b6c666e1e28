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
  // Two tasks never begin with a history of the same length, and each with a longer one than the task before.
  const task = () => workflowInfo().historyLength;
  let appliedIn = 0;
  const runner: AmendmentRunner = {
    changeStock: ({ commandId }, amended) => attempts.amendStock({ orderId, commandId, lines: linesOf(amended) }),
    recordApplied: async (record) => {
      const summary = 'Record the decision: amend accepted';
      await records.writeAfterHistory((orders) => orders.recordAmendment(record), summary);
      appliedIn = task();
    },
    recordRefused: ({ commandId, requestedBy }, decision) => {
      const record = { orderId, commandId, requestedBy, command: 'amend', decision } as const;
      records.writeMeanwhile((orders) => orders.recordDecision(record), 'Record the decision: amend refused');
    },
    until: (decided) => CancellationScope.nonCancellable(() => condition(decided)),
    task,
    mayHaveBegun: ({ name }, asked) =>
      policy.steps[name].localFirst && asked >= Math.max(attempts.answeredIn, appliedIn),
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
