import type { Operation } from './operation.js';

/** Milliseconds within which the public API answers: so long a client waits for one attempt, and what serves it ends before. */
export const ANSWERED_WITHIN_MS: Readonly<Record<Operation['method'], number>> = {
  get: 2_000,
  post: 5_000,
  patch: 5_000,
};
