/** The saga's compensatable steps, in their order. */
export const STEPS = ['reserve-inventory', 'process-payment', 'schedule-shipping'] as const;
export type StepName = (typeof STEPS)[number];

export const DIRECTIONS = ['do', 'undo'] as const;
export type StepDirection = (typeof DIRECTIONS)[number];

export const OUTCOMES = ['ok', 'failed', 'refused', 'timed_out'] as const;
export type StepOutcome = (typeof OUTCOMES)[number];
