import { counter, gauge, histogram } from '#libs/telemetry/metrics.js';

export const attemptsCounted = counter('waybill_step_attempts_total', 'Attempts of saga steps, by how they ended', [
  'step',
  'direction',
  'outcome',
]);
export const attemptsTimed = histogram('waybill_step_attempt_seconds', 'How long the participant took to answer', [
  'step',
  'direction',
]);
export const workflowsStarted = counter('waybill_workflows_started_total', 'Orders whose workflow was started', [
  'result',
]);
export const openOrders = gauge(
  'waybill_workflows_open',
  'Orders on their way when last counted; the queue waits at WAYBILL_MAX_OPEN',
);
export const factsDelivered = counter(
  'waybill_facts_total',
  'Facts brought to workflows; closed: the order had ended',
  ['kind', 'result'],
);
export const commandsDelivered = counter(
  'waybill_commands_total',
  'Requests brought to workflows; closed: the order had ended; busy: its workflow did not take it in time',
  ['command', 'result'],
);
export const attentionChanges = counter(
  'waybill_attention_changes_total',
  'Orders that began or ceased to need a person',
  ['topic', 'change'],
);
