import type { ListBreakersResponse } from '#libs/contracts/generated/waybill/values/v1/values.js';
import type { Resilience } from './resilience.js';

/** How the breakers of this process stand. */
export function listBreakers(resilience: Pick<Resilience, 'process' | 'report'>): ListBreakersResponse {
  const items = resilience
    .report()
    .flatMap(({ dependency, method, breakerNow }) => (breakerNow ? [{ dependency, method, ...breakerNow }] : []));
  return { process: resilience.process, items };
}
