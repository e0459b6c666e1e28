import { WaybillError } from '#libs/kernel/errors.js';
import type { Caller } from '#libs/security/tokens.js';

/**
 * For whom the caller places an order: itself, unless an operator names somebody else.
 * @throws WaybillError FORBIDDEN when a customer names another one.
 */
export function buyer(caller: Caller, named: string | undefined): string {
  if (named === undefined || named === caller.subject || caller.kind === 'operator') return named ?? caller.subject;
  throw new WaybillError('FORBIDDEN', 'An order can be placed for oneself only: leave out customerId.');
}
