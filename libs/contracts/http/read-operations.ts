import { z } from 'zod';
import { orderParams, readers } from './callers.js';
import { cursor, digits, limit, version } from './fields.js';
import { operation } from './operation.js';
import { order, ORDER_STATUSES, orderPage, timeline } from './orders.js';

const CACHED = {
  ETag: 'The version, quoted.',
  'Cache-Control': '`private, no-cache` while the order runs, `private, max-age=30` once it is terminal.',
};

export const getOrder = operation({
  id: 'getOrder',
  method: 'get',
  path: '/v1/orders/{id}',
  tag: 'orders',
  summary: 'Look at an order',
  description: 'Another customer’s order is NOT_FOUND.',
  access: readers,
  params: orderParams,
  query: z.strictObject({
    minVersion: digits(version.max(2 ** 31 - 1))
      .optional()
      .meta({ description: 'Waits briefly until the order has this version.' }),
    at: z.iso.datetime({ offset: true }).optional().meta({
      description: 'The order as it was then (no ETag); NOT_FOUND before it was placed. Not with `minVersion`.',
    }),
  }),
  headers: z.object({
    'if-none-match': z
      .string()
      .max(1_000)
      .optional()
      .meta({ description: 'An ETag: 304 while the order still has that version.' }),
  }),
  answers: {
    200: { description: 'The order.', schema: order, headers: CACHED },
    304: { description: 'It still has the version that If-None-Match names.', headers: CACHED },
  },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export const orderEvents = operation({
  id: 'orderEvents',
  method: 'get',
  path: '/v1/orders/{id}/events',
  tag: 'orders',
  summary: 'Follow an order',
  description:
    'Server-sent events: `status` with the order as GET answers it, now and after each change; its id is the version. Ends after a terminal status with an event `end`. A comment every 15 s. A client that reads slowly gets the newest state.',
  access: readers,
  params: orderParams,
  headers: z.object({
    'last-event-id': digits(
      z
        .int()
        .min(0)
        .max(2 ** 31 - 1),
    )
      .or(z.literal(''))
      .optional()
      .meta({ description: 'The version that was seen last: every state since then comes first.' }),
  }),
  answers: {
    200: { description: 'The events, until the order has ended.', media: 'text/event-stream' },
    204: { description: 'The order has ended, and there is nothing new: do not come again.' },
  },
  refusals: [
    'INVALID_REQUEST',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'NOT_FOUND',
    'OVERLOADED',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ],
});

export const listOrders = operation({
  id: 'listOrders',
  method: 'get',
  path: '/v1/orders',
  tag: 'orders',
  summary: 'List orders, newest first',
  description: 'A customer’s own orders; every order for an operator.',
  access: readers,
  query: z.strictObject({
    status: z.enum(ORDER_STATUSES).optional().meta({ description: 'Only orders with this status.' }),
    cursor: cursor.optional(),
    limit,
  }),
  answers: { 200: { description: 'A page of orders.', schema: orderPage } },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export const getTimeline = operation({
  id: 'getTimeline',
  method: 'get',
  path: '/v1/orders/{id}/timeline',
  tag: 'orders',
  summary: 'See everything that happened to an order',
  description: 'Every step, attempt, compensation and command, with times and outcomes.',
  access: readers,
  params: orderParams,
  query: z.strictObject({
    minVersion: digits(version)
      .optional()
      .meta({ description: 'Answers with no older version of the order, as far as a brief wait allows.' }),
  }),
  answers: { 200: { description: 'The timeline, oldest first.', schema: timeline } },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});
