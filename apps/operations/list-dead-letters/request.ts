import { z } from 'zod';
import { DeadLetterState as WireState } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { pageRequest } from '#libs/grpc/request-fields.js';
import { isId } from '#libs/kernel/ids.js';
import { stateOf } from '../dead-letter/dead-letter-message.js';

const PAGE = 20;
const MAX_PAGE = 100;

const word = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{0,100}$/u, 'must be at most 100 characters, none of them a control character');

/** Empty and undefined: any. */
export const listRequest = pageRequest(PAGE, MAX_PAGE)
  .extend({ queue: word, reason: word, orderId: word, state: z.enum(WireState).transform(stateOf) })
  .transform(({ cursor, ...rest }, context) => {
    const id = Buffer.from(cursor, 'base64url').toString('latin1');
    if (cursor === '' || isId(id)) return { ...rest, before: cursor === '' ? undefined : id };
    context.addIssue({ code: 'custom', path: ['cursor'], message: 'must be a nextCursor of an earlier answer' });
    return z.NEVER;
  });
export type ListWish = z.output<typeof listRequest>;

export function cursorAfter(id: string): string {
  return Buffer.from(id, 'latin1').toString('base64url');
}
