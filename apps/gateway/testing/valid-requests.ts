import type { InjectOptions } from 'fastify';
import type { Operation } from '#libs/contracts/http/operation.js';
import { ORDER_ID } from './bulk-stand-in.js';

export const VALID_BODY = {
  items: [{ sku: 'TEA', quantity: 2 }],
  paymentMethod: 'pm_ok',
  shippingAddress: {
    name: 'Ada Lovelace',
    line1: 'Invalidenstr. 117',
    city: 'Berlin',
    postalCode: '10115',
    country: 'DE',
  },
};

/** These make none or several calls behind the edge. */
export const COMPOSED: ReadonlySet<string> = new Set(['getDashboard', 'listPolicies', 'listBreakers']);

export const WEBHOOK_BODY = '{ "id": "evt_1",\n  "object": "Event" }';
export const SIGNATURE = `t=1700000000,v1=${'ab'.repeat(32)}`;

/** Of a webhook, by the id of its operation. */
export const SIGNATURE_HEADERS: Readonly<Record<string, string>> = {
  receiveCarrierWebhook: 'waybill-signature',
  receivePaymentWebhook: 'stripe-signature',
};

/** By the id of the operation; for placing an order the one above. */
const BODIES: Readonly<Record<string, object>> = {
  cancelOrder: { reason: 'Ordered twice' },
  amendOrder: { items: [{ sku: 'TEA', quantity: 3 }] },
  discardDeadLetter: { reason: 'Sent by hand' },
  replayDeadLetter: {},
  changeProduct: { price: { amount: 500, currency: 'EUR' } },
};

/** A request that this operation serves. */
export function validRequest({ id, method, path }: Operation, token: string): InjectOptions {
  const url = path
    .replace('{id}', ORDER_ID)
    .replace('{sku}', 'TEA')
    .replace('{number}', 'INV-2026-000001')
    .replace('{name}', 'orders');
  const authorization = `Bearer ${token}`;
  if (method === 'get') return { method: 'GET', url, headers: { authorization } };
  const headers = { 'content-type': 'application/json' };
  const signedBy = SIGNATURE_HEADERS[id];
  if (signedBy !== undefined)
    return { method: 'POST', url, headers: { ...headers, [signedBy]: SIGNATURE }, payload: WEBHOOK_BODY };
  if (id === 'bulkUpdate') return bulkRequest(url, authorization, `{"id":"${ORDER_ID}","op":"cancel"}\n`);
  return {
    method: method === 'patch' ? 'PATCH' : 'POST',
    url,
    headers: {
      ...headers,
      authorization,
      'idempotency-key': 'key-1',
      ...(method === 'patch' && { 'if-match': '"1"' }),
    },
    payload: JSON.stringify(BODIES[id] ?? VALID_BODY),
  };
}

function bulkRequest(url: string, authorization: string, payload: string): InjectOptions {
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': 'key-1', authorization };
  return { method: 'POST', url, headers, payload };
}
