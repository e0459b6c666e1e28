import { CancellationScope, currentUpdateInfo, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Decision, Saga } from '../saga.js';
import { cancelUpdate, REQUESTERS, type CancelRequest } from './contract.js';
import type { Records } from './records.js';
import type { FulfilmentStep } from './steps.js';

/**
 * Takes requests to cancel, by update and by Temporal's own cancellation, through the same gate. Each is answered with
 * its decision, which is recorded before the workflow closes; the one that was accepted, before anything is undone.
 */
export function decideCancels(orderId: string, saga: Saga<FulfilmentStep>, records: Records): void {
  const decide = (request: CancelRequest): Promise<Decision> => {
    const decided = saga.cancel();
    // From this moment, not from the decision: the undo must not get there first.
    records.meanwhile(async () => {
      const decision = await decided;
      const summary = `Record the decision: cancel ${decision.decision}`;
      await records.writeAfterHistory((orders) => orders.recordDecision({ orderId, ...request, decision }), summary);
    });
    return decided;
  };
  setHandler(cancelUpdate, decide, { validator: validate, description: 'Cancels the order, unless it is too late' });
  // Asked by Temporal, which gives no id of its own: it asks at most once per run.
  const byTemporal: CancelRequest = { commandId: workflowInfo().runId, requestedBy: 'temporal' };
  CancellationScope.current().cancelRequested.catch(() => decide(byTemporal));
}

/** @throws Error that refuses the update before it reaches the order's history. */
function validate({ commandId, requestedBy }: CancelRequest): void {
  if (currentUpdateInfo()?.id !== commandId)
    throw new Error('The update id must be the command id, so that it is decided once');
  if (!REQUESTERS.includes(requestedBy)) throw new Error(`requestedBy must be one of ${REQUESTERS.join(', ')}`);
}
