import { z } from 'zod';
import { idempotencyKey, orderParams, writers } from './callers.js';
import { operation } from './operation.js';
import { amendOrderBody, cancelOrderBody, command } from './orders.js';

export const cancelOrder = operation({
  id: 'cancelOrder',
  method: 'post',
  path: '/v1/orders/{id}/cancel',
  tag: 'orders',
  summary: 'Cancel an order',
  description:
    'A request: it is recorded at once and decided soon after. Accepted until the parcel is handed over; then everything is undone. TOO_LATE: the order goes on. ALREADY_FINAL: it has ended, or is being rejected.',
  access: writers,
  params: orderParams,
  headers: z.object({
    'idempotency-key': idempotencyKey,
    prefer: z.string().max(1_000).optional().meta({
      description: '`wait=10` waits up to ten seconds for the decision (RFC 7240); at most 30 are waited.',
    }),
  }),
  body: cancelOrderBody,
  answers: {
    200: { description: 'Accepted: the undo follows.', schema: command },
    202: {
      description: 'Recorded, not decided yet. Ask again with the same key, or follow the order.',
      schema: command,
      headers: { Location: 'The path of the order.' },
    },
  },
  refusals: [
    'INVALID_REQUEST',
    'IDEMPOTENCY_KEY_MISSING',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'NOT_FOUND',
    'TOO_LATE',
    'ALREADY_FINAL',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'IDEMPOTENCY_KEY_REUSED',
    'RATE_LIMITED',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ],
});

export const amendOrder = operation({
  id: 'amendOrder',
  method: 'patch',
  path: '/v1/orders/{id}',
  tag: 'orders',
  summary: 'Amend an order',
  description:
    'A request: it is recorded at once and decided soon after, all of it or nothing. Quantities change only before the payment starts, at the prices of the order; the address before shipping is scheduled; after that it is TOO_LATE. OUT_OF_STOCK: the order goes on as it was. ALREADY_FINAL: it has ended, or is being undone.',
  access: writers,
  params: orderParams,
  headers: z.object({
    'idempotency-key': idempotencyKey,
    'if-match': z.string().max(1_000).optional().meta({
      description:
        'The ETag of the order as you have seen it, or `*`. Required. VERSION_MISMATCH only when items or address have changed since: progress alone is no conflict.',
    }),
    prefer: cancelOrder.headers.shape.prefer,
  }),
  body: amendOrderBody,
  answers: {
    200: { description: 'Accepted: the order is as you want it.', schema: command },
    202: cancelOrder.answers[202],
  },
  refusals: [...cancelOrder.refusals, 'OUT_OF_STOCK', 'UNKNOWN_SKU', 'VERSION_MISMATCH', 'IF_MATCH_MISSING'],
});
