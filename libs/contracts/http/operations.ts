import { z } from 'zod';
import { cursor, digits, limit, orderId, sku, version } from './fields.js';
import { documentNumber, invoiceList } from './invoices.js';
import { operation, type Operation } from './operation.js';
import { cancelOrderBody, command, order, ORDER_STATUSES, orderPage, placeOrderBody, timeline } from './orders.js';
import { product, productPage } from './products.js';

/** 1 to 255 visible ASCII characters: it travels as a header of every call behind the edge. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .meta({
    description:
      'Chosen by the client, one per intent: a repeat with the same key and body gets the same answer and has no second effect.',
  });

const readers = { kind: 'token', scopes: ['orders:read', 'ops'] } as const;
const writers = { kind: 'token', scopes: ['orders:write', 'ops'] } as const;
const anyToken = { kind: 'token', scopes: [] } as const;
const orderParams = z.strictObject({ id: orderId });
const productParams = z.strictObject({ sku });

const CACHED = {
  ETag: 'The version, quoted.',
  'Cache-Control': '`private, no-cache` while the order runs, `private, max-age=30` once it is terminal.',
};

export const placeOrder = operation({
  id: 'placeOrder',
  method: 'post',
  path: '/v1/orders',
  tag: 'orders',
  summary: 'Place an order',
  description:
    'Validates, prices and holds the stock at once; charging and shipping follow. The answer is the recorded order, still PENDING.',
  access: writers,
  headers: z.object({ 'idempotency-key': idempotencyKey }),
  body: placeOrderBody,
  answers: {
    201: {
      description: 'Accepted: recorded, and never lost from here on.',
      schema: order,
      headers: {
        Location: 'The path of the order.',
        ETag: 'The version, quoted.',
        'Idempotency-Replayed': '`true` when this is the stored answer of an earlier request with the same key.',
      },
    },
  },
  refusals: [
    'INVALID_REQUEST',
    'IDEMPOTENCY_KEY_MISSING',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'OUT_OF_STOCK',
    'REQUEST_IN_FLIGHT',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'UNKNOWN_SKU',
    'IDEMPOTENCY_KEY_REUSED',
    'OVERLOADED',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ],
});

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
  answers: { 200: { description: 'The timeline, oldest first.', schema: timeline } },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

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
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ],
});

export const listInvoices = operation({
  id: 'listInvoices',
  method: 'get',
  path: '/v1/orders/{id}/invoices',
  tag: 'orders',
  summary: 'List the invoices of an order',
  description:
    'An invoice when the payment was captured, a credit note when it was refunded. They follow a moment later: an order that was placed just now may be NOT_FOUND here.',
  access: readers,
  params: orderParams,
  answers: { 200: { description: 'Its invoices and credit notes, oldest first.', schema: invoiceList } },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export const getInvoice = operation({
  id: 'getInvoice',
  method: 'get',
  path: '/v1/orders/{id}/invoices/{number}',
  tag: 'orders',
  summary: 'Get an invoice or a credit note as a PDF',
  description: 'The same bytes each time.',
  access: readers,
  params: z.strictObject({ id: orderId, number: documentNumber }),
  answers: {
    200: {
      description: 'The document.',
      media: 'application/pdf',
      headers: {
        'Content-Disposition': 'Its file name: the number.',
        'Cache-Control': 'For how long it may be kept: it never changes.',
      },
    },
  },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export const listProducts = operation({
  id: 'listProducts',
  method: 'get',
  path: '/v1/products',
  tag: 'products',
  summary: 'Browse the catalogue',
  description: 'Products with their prices and how many are available.',
  access: anyToken,
  query: z.strictObject({ cursor: cursor.optional(), limit }),
  answers: {
    200: {
      description: 'A page of products.',
      schema: productPage,
      headers: { 'Cache-Control': 'For how long it may be kept.' },
    },
  },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export const getProduct = operation({
  id: 'getProduct',
  method: 'get',
  path: '/v1/products/{sku}',
  tag: 'products',
  summary: 'Look at a product',
  description: 'A product with its price and how many are available.',
  access: anyToken,
  params: productParams,
  answers: {
    200: { description: 'The product.', schema: product, headers: { 'Cache-Control': 'For how long it may be kept.' } },
  },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export const receiveCarrierWebhook = operation({
  id: 'receiveCarrierWebhook',
  method: 'post',
  path: '/v1/webhooks/carrier',
  tag: 'webhooks',
  summary: 'The carrier reports on a shipment',
  description:
    'Signed by the carrier; answered once the event is stored. A repeat of a stored event is answered alike and has no second effect.',
  access: { kind: 'public' },
  headers: z.object({
    'waybill-signature': z.string().max(1_000).optional().meta({
      description:
        'Without it the answer is 401. `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `t.body`, at most five minutes old.',
    }),
  }),
  body: 'raw',
  answers: {
    202: {
      description: 'Stored.',
      schema: z.object({ duplicate: z.boolean().meta({ description: 'It had been received before.' }) }),
    },
  },
  refusals: [
    'INVALID_REQUEST',
    'UNAUTHENTICATED',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ],
});

export const receivePaymentWebhook = operation({
  id: 'receivePaymentWebhook',
  method: 'post',
  path: '/v1/webhooks/payments',
  tag: 'webhooks',
  summary: 'The payment provider reports on a charge',
  description:
    'Signed by the provider; answered once the event is stored. A repeat of a stored event is answered alike and has no second effect. The event only says that something happened: what is true, the provider is asked.',
  access: { kind: 'public' },
  headers: z.object({
    'stripe-signature': z.string().max(1_000).optional().meta({
      description:
        'Without it the answer is 401. `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `t.body`, at most five minutes old.',
    }),
  }),
  body: 'raw',
  answers: receiveCarrierWebhook.answers,
  refusals: receiveCarrierWebhook.refusals,
});

/** Every route of the public API. */
export const OPERATIONS: readonly Operation[] = [
  placeOrder,
  listOrders,
  getOrder,
  getTimeline,
  orderEvents,
  cancelOrder,
  listInvoices,
  getInvoice,
  listProducts,
  getProduct,
  receiveCarrierWebhook,
  receivePaymentWebhook,
];
