import { z } from 'zod';
import { ERROR_RULES, type ErrorCode } from '../errors.js';

const codes = Object.keys(ERROR_RULES) as [ErrorCode, ...ErrorCode[]];

/** RFC 9457. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'Where this kind of problem is explained.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What went wrong this time, and what to do.' }),
    instance: z.string().meta({ description: 'The path that was asked for.' }),
    code: z.enum(codes).meta({ description: 'Stable: decide by this.' }),
    traceId: z.string().meta({ description: 'Finds the request in the logs.' }),
    details: z.record(z.string(), z.string()).optional(),
  })
  .meta({ description: 'Why a request was not served (RFC 9457).' });

export type Problem = z.output<typeof problem>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Seconds after which a refused request may be tried again: the Retry-After header. */
export const RETRY_AFTER_S: Readonly<Partial<Record<ErrorCode, number>>> = {
  REQUEST_IN_FLIGHT: 1,
  /** Or longer, where that is known. */
  RATE_LIMITED: 1,
  UNAVAILABLE: 2,
  OVERLOADED: 30,
};
