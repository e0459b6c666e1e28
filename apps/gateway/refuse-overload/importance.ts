import type { Operation } from '#libs/contracts/http/operation.js';

/** The most important first: what is refused last. */
export const IMPORTANCE = ['placing', 'changing', 'reading', 'background'] as const;
export type Importance = (typeof IMPORTANCE)[number];

/**
 * Money waits for a webhook and a customer for an order; a change can be asked for again; who reads looks again; bulk requests have
 * time. Operators are few, and come when all is busy: to see why, and to end it. `none`: followers are counted on their own, for they stay.
 */
export function importanceOf({ id, tag, method, body }: Operation): Importance | 'none' {
  if (id === 'orderEvents') return 'none';
  if (tag === 'webhooks' || id === 'placeOrder') return 'placing';
  if (body === 'lines') return 'background';
  return method === 'get' && tag !== 'ops' ? 'reading' : 'changing';
}
