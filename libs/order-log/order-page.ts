import { z } from 'zod';
import { OrderStatus as WireStatus } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { isId } from '#libs/kernel/ids.js';
import type { OrderStatus } from './order.js';

const DEFAULT_LIMIT = 20;

const { UNSPECIFIED, ...STATUSES } = WireStatus;

/** Undefined: every status. */
const status = z.enum(WireStatus).transform((wire, context): OrderStatus | undefined => {
  if (wire === UNSPECIFIED) return undefined;
  const name = (Object.keys(STATUSES) as OrderStatus[]).find((known) => STATUSES[known] === wire);
  if (name === undefined) context.addIssue({ code: 'custom', message: 'must be a status of an order' });
  return name;
});

/** Where the page before has ended, as an id. Undefined: from the newest. */
const before = z.string().transform((cursor, context): string | undefined => {
  if (cursor === '') return undefined;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (isId(id)) return id;
  context.addIssue({ code: 'custom', message: 'must be a nextCursor of an earlier answer' });
  return z.NEVER;
});

/** Which page of a list of orders, newest first. Whoever answers, the next page may come from somebody else. */
export const orderPage = z
  .object({ status, cursor: before, limit: z.int().min(0).max(100) })
  .transform(({ cursor, limit, ...rest }) => ({ ...rest, before: cursor, limit: limit === 0 ? DEFAULT_LIMIT : limit }));

export function cursorAfter(id: string): string {
  return Buffer.from(id, 'latin1').toString('base64url');
}
