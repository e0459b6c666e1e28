import type { CancelOrderRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { cancelOrderBody } from '#libs/contracts/http/orders.js';
import { parse } from '#libs/kernel/parse.js';
import type { Asked } from '../command-order/command-order.js';
import { commandRequest, fingerprintOf } from '../command-order/request.js';

/** Checks a request by the rules of the public API; an empty reason is one that was left out. */
export function readCancel({ id: asked, reason: words, waitMs: wait }: CancelOrderRequest): Asked {
  const { reason } = parse(cancelOrderBody, words === '' ? {} : { reason: words });
  const { id, waitMs } = parse(commandRequest, { id: asked, waitMs: wait });
  const command = { type: 'request-cancel', ...(reason !== undefined && { reason }) } as const;
  return { id, waitMs, command, fingerprint: fingerprintOf('cancel', id, reason ?? null) };
}
