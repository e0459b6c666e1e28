import { sql, type Expression, type SqlBool } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import type { Owner } from '#libs/security/identify-caller.js';

/** Part of every read: what belongs to somebody else is not found, as if it were not there. */
export function ownedBy(owner: Owner): Expression<SqlBool> {
  return owner.kind === 'anybody' ? sql<SqlBool>`true` : sql<SqlBool>`orders.customer_id = ${owner.customerId}`;
}

export function noSuchOrder(words = 'There is no such order.'): WaybillError {
  return new WaybillError('NOT_FOUND', words);
}
