import type { StepName } from '#libs/contracts/steps.js';
import type { Operation } from './faults.js';

/** Each step with what it asks of its participant. */
export const STEPS_UNDER_TEST: readonly {
  readonly step: StepName;
  readonly does: Operation;
  readonly undoes: Operation;
}[] = [
  { step: 'reserve-inventory', does: 'reserve', undoes: 'release' },
  { step: 'process-payment', does: 'charge', undoes: 'settle' },
  { step: 'schedule-shipping', does: 'schedule', undoes: 'cancel' },
];
