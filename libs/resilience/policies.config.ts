import { z } from 'zod';

const ms = z.int().min(1);
const override = z
  .strictObject({
    timeoutMs: ms,
    retried: z.boolean(),
    breaker: z
      .strictObject({ failureShare: z.number().gt(0).max(1), minCalls: z.int().min(1), windowMs: ms, openMs: ms })
      .nullable(),
    bulkhead: z.strictObject({ concurrent: z.int().min(1), queued: z.int().min(0) }).nullable(),
  })
  .partial();

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

/** For every service that calls another. */
export const policiesConfig = z.object({
  /** What is otherwise than docs/resilience.md says, as JSON: `{"gateway.orders.createOrder": {"timeoutMs": 4000}}`. */
  WAYBILL_POLICIES: z.string().default('{}').pipe(json).pipe(z.record(z.string(), override)),
});

/** By `caller.dependency.method`. */
export type PolicyOverrides = z.output<typeof policiesConfig>['WAYBILL_POLICIES'];
