import { randomUUID } from 'node:crypto';
import { api } from './containers.mjs';
import { check, eventually } from './steps.mjs';

/** Longer than the simulator's parcels take, on a machine that has other work. */
const PATIENCE_MS = 180_000;

/** Takes the answer of the API only if it has the given status. */
async function ask(token, path, expected, options = {}) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...options.headers };
  const response = await fetch(api + path, { ...options, headers, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  check(response.status === expected, `${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

export function placeOrder(token, paymentMethod) {
  const body = JSON.stringify({
    items: [{ sku: 'MUG-ENAMEL', quantity: 2 }],
    paymentMethod,
    shippingAddress: {
      name: 'Ada Lovelace',
      line1: 'Marktplatz 1',
      city: 'Leipzig',
      postalCode: '04109',
      country: 'DE',
    },
  });
  return ask(token, '/v1/orders', 201, { method: 'POST', body, headers: { 'idempotency-key': randomUUID() } });
}

export function readOrder(token, id) {
  return ask(token, `/v1/orders/${id}`, 200);
}

/** Waits until the order has the status, or one that comes after it. */
export function orderIs(token, id, status) {
  const way = ['PENDING', 'RESERVED', 'PAID', 'CONFIRMED', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'];
  return eventually(`order ${id} is ${status}`, PATIENCE_MS, async () => {
    const order = await readOrder(token, id);
    check(way.indexOf(order.status) >= way.indexOf(status), `it is ${order.status} ${order.reason ?? ''}`);
    return order;
  });
}
