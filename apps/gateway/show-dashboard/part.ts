import type { ErrorCode } from '#libs/contracts/errors.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { counter } from '#libs/telemetry/metrics.js';
import { codeOf } from '../answer-problems/problem.js';

/** A part of an answer: as it is, or why not, with what stands in for it where something does. */
export type Part<Data> = { readonly data: Data } | { readonly degraded: ErrorCode; readonly data?: Data };

const parts = counter('waybill_dashboard_parts_total', 'Parts of dashboards, by what became of them', [
  'part',
  'outcome',
]);

/** Never fails, and is there when `ended` says that time is over. */
export async function partOf<Data>(
  name: string,
  ended: AbortSignal,
  ask: () => Promise<Data>,
  standIn: () => Data | undefined = () => undefined,
): Promise<Part<Data>> {
  try {
    const data = await Promise.race([ask(), whenEnded(ended)]);
    parts.inc({ part: name, outcome: 'answered' });
    return { data };
  } catch (error) {
    const data = standIn();
    parts.inc({ part: name, outcome: data === undefined ? 'absent' : 'stand-in' });
    return { degraded: codeOf(error), ...(data !== undefined && { data }) };
  }
}

export function lives(part: Part<unknown>): boolean {
  return part.data !== undefined;
}

function whenEnded(ended: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new WaybillError('DEADLINE_EXCEEDED', 'It was not there in time'));
    if (ended.aborted) fail();
    else ended.addEventListener('abort', fail, { once: true });
  });
}
