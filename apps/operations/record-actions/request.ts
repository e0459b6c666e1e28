import { z } from 'zod';
import { pageRequest } from '#libs/grpc/request-fields.js';
import { isId } from '#libs/kernel/ids.js';

const id = z.uuid().transform((given) => given.toLowerCase());
const line = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');

export const actionRequest = z.object({
  id,
  action: line(100).min(1),
  target: line(500).min(1),
  reason: line(500),
  traceId: line(64),
});
export const outcomeRequest = z.object({ id, outcome: line(100).min(1) });

/** Empty: of any. The cursor is the id after which the next page begins. */
export const actionsRequest = pageRequest(20, 100)
  .extend({ operator: line(200), action: line(100) })
  .refine(({ cursor }) => cursor === '' || isId(cursor), { path: ['cursor'], message: 'must be a nextCursor' });

export type Action = z.output<typeof actionRequest>;
export type Outcome = z.output<typeof outcomeRequest>;
export type ActionsWish = z.output<typeof actionsRequest>;
