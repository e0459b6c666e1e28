import { z } from 'zod';
import { idempotencyKey, writers } from './callers.js';
import { orderId, version } from './fields.js';
import { operation } from './operation.js';
import { amendOrderBody, cancelOrderBody } from './orders.js';

const ofLine = { id: orderId, key: idempotencyKey.exactOptional() };

/** What a line of a bulk request asks for. */
export const bulkLine = z.discriminatedUnion('op', [
  z.strictObject({ ...ofLine, op: z.literal('cancel'), changes: cancelOrderBody.exactOptional() }),
  z.strictObject({ ...ofLine, op: z.literal('amend'), changes: amendOrderBody, ifVersion: version.exactOptional() }),
]);

/** What became of a line. */
export const bulkResult = z
  .object({
    line: z.int().min(1).meta({ description: 'From 1.' }),
    id: z.string().nullable().meta({ description: 'Of the order; null where the line names none.' }),
    status: z.enum(['pending', 'accepted', 'refused', 'unknown']).meta({
      description:
        '`unknown`: it may be carried out all the same. Send the line again with the same key: it has no second effect.',
    }),
    code: z.string().exactOptional().meta({ description: 'Why it was refused, or is unknown.' }),
    replayed: z.literal(true).exactOptional().meta({
      description: 'The same line was asked for before, by its key: it has had no second effect.',
    }),
  })
  .meta({ description: 'What became of a line.' });

export type BulkLine = z.output<typeof bulkLine>;
export type BulkResult = z.output<typeof bulkResult>;

export const bulkUpdate = operation({
  id: 'bulkUpdate',
  method: 'post',
  path: '/v1/orders/bulk',
  tag: 'orders',
  summary: 'Cancel or amend many orders',
  description:
    'A line of JSON for each: `{"id", "op": "cancel" or "amend", "ifVersion"?, "changes"?, "key"?}`; `changes` is the body of the single request. There may be any number of lines. The answer has a line for each as it is known: while it is not read, no more is taken. A line that is refused, or cannot be read, stops no other. What became of a line that is `unknown` is told when it is sent again with the same key. `key` is the idempotency key of its line; without one it follows from order, `op`, `changes` and `ifVersion`.',
  access: writers,
  headers: z.object({ 'idempotency-key': idempotencyKey }),
  body: 'lines',
  answers: { 200: { description: 'A line for each line.', media: 'application/x-ndjson' } },
  refusals: ['INVALID_REQUEST', 'IDEMPOTENCY_KEY_MISSING', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNSUPPORTED_MEDIA_TYPE'],
});
