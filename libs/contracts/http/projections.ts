import { z } from 'zod';
import { idempotencyKey } from './callers.js';
import { cursor, digits, money, nextCursor, sku, timestamp } from './fields.js';
import { operation } from './operation.js';

const operators = { kind: 'token', scopes: ['ops'] } as const;
const name = z.enum(['orders', 'timeline', 'sales']);
const count = z.int().min(0);

const rebuild = z.object({
  generation: z.int(),
  cause: z.enum(['first', 'requested', 'truncated']),
  phase: z.enum(['reading', 'joining']).meta({
    description: '`reading`: the log of orders; `joining`: what has happened meanwhile.',
  }),
  ordersRead: count,
  eventsRead: count,
  ordersTotal: count,
  startedAt: timestamp,
});

const projection = z.object({
  name,
  state: z.enum(['first-build', 'live', 'rebuilding', 'stopped']).meta({
    description: '`stopped`: a partition holds an event that cannot be read; all others go on.',
  }),
  generation: count.meta({ description: 'That serves; 0 while there is none.' }),
  behind: count
    .nullable()
    .meta({ description: 'Events that are not applied yet; null while the broker cannot be asked.' }),
  lagMs: z
    .object({ p50: count, p99: count })
    .meta({ description: 'From the recording of an event to its projection, of late.' }),
  lastEventAt: timestamp.nullable(),
  rebuild: rebuild.nullable(),
  stopped: z.array(z.object({ partition: count, reason: z.string() })),
  standing: z.array(count).meta({
    description:
      'Partitions in which it does not go on, in any process: stopped, or read by nobody. While there are any, `orders` answers lists in its place.',
  }),
});

export const projectionList = z
  .object({ items: z.array(projection) })
  .meta({ description: 'The read models, and how they keep up.' });
export const rebuildAccepted = z
  .object({ name, generation: z.int().min(1) })
  .meta({ description: 'The generation that is being built.' });

const salesHour = z.object({
  hour: timestamp,
  sku: z.string(),
  ordered: count.meta({ description: 'Units in all orders that were placed in this hour.' }),
  sold: count.meta({ description: 'Units in those that were confirmed and not undone since.' }),
  undone: count.meta({ description: 'Units in those that were rejected or cancelled.' }),
  revenue: money,
});
export const salesPage = z
  .object({ items: z.array(salesHour), nextCursor })
  .meta({ description: 'Sales per hour and SKU, newest hour first.' });

export type ProjectionList = z.output<typeof projectionList>;
export type RebuildAccepted = z.output<typeof rebuildAccepted>;
export type SalesPage = z.output<typeof salesPage>;

export const listProjections = operation({
  id: 'listProjections',
  method: 'get',
  path: '/v1/ops/projections',
  tag: 'ops',
  summary: 'See how the read models keep up',
  description: 'State, generation, lag, and the progress of a rebuild.',
  access: operators,
  answers: { 200: { description: 'Every projection.', schema: projectionList } },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export const rebuildProjection = operation({
  id: 'rebuildProjection',
  method: 'post',
  path: '/v1/ops/projections/{name}/rebuild',
  tag: 'ops',
  summary: 'Build a read model anew',
  description:
    'From the log of orders, beside the one that serves, which it replaces once it has caught up. While one is being built, that one is answered.',
  access: operators,
  params: z.object({
    name: z
      .string()
      .regex(/^[a-z][a-z-]{0,31}$/)
      .meta({ examples: ['orders'] }),
  }),
  headers: z.object({ 'idempotency-key': idempotencyKey }),
  answers: { 202: { description: 'It is being built.', schema: rebuildAccepted } },
  refusals: [
    'INVALID_REQUEST',
    'IDEMPOTENCY_KEY_MISSING',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'NOT_FOUND',
    'REQUEST_IN_FLIGHT',
    'IDEMPOTENCY_KEY_REUSED',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ],
});

export const getSales = operation({
  id: 'getSales',
  method: 'get',
  path: '/v1/ops/sales',
  tag: 'ops',
  summary: 'See what was sold, per SKU and hour',
  description: 'By the hour of placing, newest first. What is cancelled later leaves `sold` again.',
  access: operators,
  query: z.strictObject({
    sku: sku.optional(),
    from: timestamp.optional(),
    to: timestamp.optional().meta({ description: 'Excluded.' }),
    cursor: cursor.optional(),
    limit: digits(z.int().min(1).max(1_000).default(100)).meta({ description: 'Items per page.' }),
  }),
  answers: { 200: { description: 'A page of hours.', schema: salesPage } },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export const PROJECTION_OPERATIONS = [listProjections, rebuildProjection, getSales];
