import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CancelOrderRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { cancelOrderBody } from '#libs/contracts/http/orders.js';
import { orderId } from '#libs/grpc/request-fields.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { parse } from '#libs/kernel/parse.js';

const MAX_WAIT_MS = 30_000;

export interface CancelWish {
  readonly id: OrderId;
  /** In the caller's words. */
  readonly reason?: string;
  readonly waitMs: number;
}

const cancelRequest = z.object({ id: orderId, waitMs: z.int().min(0).max(MAX_WAIT_MS) });

/** Checks a request by the rules of the public API; an empty reason is one that was left out. */
export function readCancel({ id, reason, waitMs }: CancelOrderRequest): CancelWish {
  const words = parse(cancelOrderBody, reason === '' ? {} : { reason });
  return { ...parse(cancelRequest, { id, waitMs }), ...(words.reason !== undefined && { reason: words.reason }) };
}

/** Tells two requests under the same key apart. How long to wait is no part of what is asked. */
export function fingerprintOf({ id, reason }: CancelWish): string {
  return createHash('sha256')
    .update(JSON.stringify(['cancel', id, reason ?? null]))
    .digest('base64url');
}
