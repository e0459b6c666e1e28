import { listActions } from './audit.js';
import { z } from 'zod';
import { anyToken, idempotencyKey, orderParams, readers, writers } from './callers.js';
import { cursor, limit, orderId, sku } from './fields.js';
import { getDashboard } from './dashboard.js';
import { documentNumber, invoiceList } from './invoices.js';
import { operation, type Operation } from './operation.js';
import { bulkUpdate } from './bulk.js';
import { amendOrder, cancelOrder } from './command-operations.js';
import { order, placeOrderBody } from './orders.js';
import { OPS_OPERATIONS } from './ops.js';
import { changeProductBody, product, productPage } from './products.js';
import { PROJECTION_OPERATIONS } from './projections.js';
import { RESILIENCE_OPERATIONS } from './resilience.js';
import { getOrder, getTimeline, listOrders, orderEvents } from './read-operations.js';
import { receiveCarrierWebhook, receivePaymentWebhook } from './webhook-operations.js';

export { idempotencyKey } from './callers.js';
export { bulkUpdate } from './bulk.js';
export * from './command-operations.js';
export { getDashboard } from './dashboard.js';
export * from './read-operations.js';
export * from './webhook-operations.js';

const productParams = z.strictObject({ sku });

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

export const changeProduct = operation({
  id: 'changeProduct',
  method: 'patch',
  path: '/v1/ops/products/{sku}',
  tag: 'ops',
  summary: 'Change the price or the name of a product',
  description:
    'Orders that are placed from now on have the new price; those that were placed keep theirs. The currency stays.',
  access: { kind: 'token', scopes: ['ops'] },
  params: productParams,
  headers: z.object({ 'idempotency-key': idempotencyKey }),
  body: changeProductBody,
  answers: { 200: { description: 'The product as it is now.', schema: product } },
  refusals: [
    'INVALID_REQUEST',
    'IDEMPOTENCY_KEY_MISSING',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'NOT_FOUND',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'REQUEST_IN_FLIGHT',
    'IDEMPOTENCY_KEY_REUSED',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ],
});

/** Every route of the public API. */
export const OPERATIONS: readonly Operation[] = [
  placeOrder,
  listOrders,
  getOrder,
  getTimeline,
  orderEvents,
  cancelOrder,
  amendOrder,
  bulkUpdate,
  listInvoices,
  getInvoice,
  listProducts,
  getProduct,
  changeProduct,
  receiveCarrierWebhook,
  receivePaymentWebhook,
  ...OPS_OPERATIONS,
  listActions,
  ...PROJECTION_OPERATIONS,
  ...RESILIENCE_OPERATIONS,
  getDashboard,
];
