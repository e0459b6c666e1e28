import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { AmendActivities, StepActivities } from './contract.js';
import type { FulfilmentPolicy } from './policy.js';
import type { FulfilmentStep } from './steps.js';
import { readable } from '../readable.js';

/** One attempt. Stopped while under way, it is awaited all the same: it may be doing what has to be undone. */
export function oneAttempt(
  policy: FulfilmentPolicy,
  step: FulfilmentStep,
  summary: string,
  local = false,
): StepActivities {
  const options: ActivityOptions = {
    startToCloseTimeout: policy.steps[step.name].timeoutMs,
    retry: { maximumAttempts: 1 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: readable(summary),
  };
  return local ? proxyLocalActivities<StepActivities>(options) : proxyActivities<StepActivities>(options);
}

/** Attempts without limit. Stopped while one is under way, that one is awaited: what has to be undone is done by then. */
export function repeatedUntilStopped(policy: FulfilmentPolicy, step: FulfilmentStep['name'], summary: string) {
  return proxyActivities<AmendActivities>({
    startToCloseTimeout: policy.steps[step].timeoutMs,
    retry: { initialInterval: policy.firstPauseMs, maximumInterval: policy.longestPauseMs },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: readable(summary),
  });
}

/** Attempts without limit, which outlive every worker. */
export function repeated(policy: FulfilmentPolicy, step: FulfilmentStep, summary: string): StepActivities {
  return proxyActivities<StepActivities>({
    startToCloseTimeout: policy.steps[step.name].timeoutMs,
    retry: { initialInterval: policy.firstPauseMs, maximumInterval: policy.longestPauseMs },
    summary: readable(summary),
  });
}
