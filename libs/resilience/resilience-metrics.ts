import { counter, gauge } from '#libs/telemetry/metrics.js';
import type { BreakerState } from './breaker.js';

const LABELS = ['dependency', 'method'] as const;

const NUMBERS: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

const state = gauge('waybill_breaker_state', 'Breakers: 0 closed, 1 half open, 2 open', LABELS);
const transitions = counter('waybill_breaker_transitions_total', 'Changes of a breaker, by what it became', [
  ...LABELS,
  'to',
]);
const refused = counter('waybill_calls_refused_total', 'Calls that were not made, by what refused them', [
  ...LABELS,
  'by',
]);
const calls = counter('waybill_calls_total', 'Calls to other processes, by how they ended', [...LABELS, 'outcome']);
const inUse = gauge('waybill_bulkhead_in_use', 'Calls under way or waiting, of those that a bulkhead bounds', LABELS);

export interface Called {
  readonly dependency: string;
  readonly method: string;
}

/** What a guard tells the metrics. */
export function guardMetrics(
  { dependency, method }: Called,
  { breaker, bulkhead }: { breaker: boolean; bulkhead: boolean },
) {
  const labels = { dependency, method };
  if (breaker) state.set(labels, NUMBERS.closed);
  if (bulkhead) inUse.set(labels, 0);
  return {
    changed(to: BreakerState): void {
      state.set(labels, NUMBERS[to]);
      transitions.inc({ ...labels, to });
    },
    refused: (by: 'breaker' | 'bulkhead') => refused.inc({ ...labels, by }),
    ended: (outcome: 'answered' | 'failed' | 'nothing') => calls.inc({ ...labels, outcome }),
    entered: () => bulkhead && inUse.inc(labels),
    left: () => bulkhead && inUse.dec(labels),
  };
}
