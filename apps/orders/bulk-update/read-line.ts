import type { BulkUpdateOrdersRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { readAmend } from '../amend-order/request.js';
import { readCancel } from '../cancel-order/request.js';
import type { Asked } from '../command-order/command-order.js';
import { readKey } from '../place-order/request.js';

/** What a line asks for, or why it asks for nothing. */
export type Line = { readonly asked: Asked; readonly key: string } | { readonly refusal: WaybillError };

/** A line is read as the request that it stands for. */
export function readLine(line: BulkUpdateOrdersRequest): Line {
  try {
    return { asked: askedBy(line), key: readKey(line.key) };
  } catch (error) {
    if (isWaybillError(error)) return { refusal: error };
    throw error;
  }
}

function askedBy({ id, cancel, amend }: BulkUpdateOrdersRequest): Asked {
  const waitMs = 0;
  if (cancel) return readCancel({ id, reason: cancel.reason, waitMs });
  if (amend) return readAmend({ id, ...amend, waitMs });
  throw new WaybillError('INVALID_REQUEST', 'A line cancels or amends');
}
