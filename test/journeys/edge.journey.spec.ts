import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { orderOf, rows, run } from './running-system.js';

interface Sent {
  readonly body?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send({
  body = JSON.stringify(umbrella()),
  token = run.tokens.otherCustomer,
  headers = {},
}: Sent): Promise<{ status: number; code: unknown }> {
  const response = await fetch(`${run.gateway.url}/v1/orders`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body,
  });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { code } = (await response.json()) as { code?: unknown };
  return { status: response.status, code };
}

/** Everything that the order could have changed. No other journey is this customer's, or buys these. */
async function traces(): Promise<unknown> {
  const [orders] = await rows('orders', "select count(*)::int as orders from orders where customer_id = 'cus-grace'");
  const stock = await rows(
    'inventory',
    "select * from stock where sku in ('UMBRELLA-STORM', 'LAST-TEN') order by sku, warehouse",
  );
  return { orders, stock };
}

const umbrella = () => orderOf({ items: [{ sku: 'UMBRELLA-STORM', quantity: 1 }] });
const withItems = (items: unknown): string => JSON.stringify({ ...umbrella(), items });
const line = (quantity: unknown, sku: unknown = 'LAST-TEN'): string => withItems([{ sku, quantity }]);

describe('a bad order', () => {
  it.each<[string, Sent, number, string]>([
    ['an unknown SKU', { body: line(1, 'NO-SUCH-THING') }, 422, 'UNKNOWN_SKU'],
    ['more than there is', { body: line(11) }, 409, 'OUT_OF_STOCK'],
    ['a quantity of zero', { body: line(0) }, 400, 'INVALID_REQUEST'],
    ['a negative quantity', { body: line(-1) }, 400, 'INVALID_REQUEST'],
    ['a fraction', { body: line(1.5) }, 400, 'INVALID_REQUEST'],
    ['a huge quantity', { body: line(1e15) }, 400, 'INVALID_REQUEST'],
    ['a quantity in words', { body: line('2') }, 400, 'INVALID_REQUEST'],
    ['no lines', { body: withItems([]) }, 400, 'INVALID_REQUEST'],
    [
      'a thousand lines',
      { body: withItems(Array.from({ length: 1_000 }, (_, i) => ({ sku: `SKU-${i}`, quantity: 1 }))) },
      400,
      'INVALID_REQUEST',
    ],
    [
      'a SKU twice',
      { body: withItems(Array.from({ length: 2 }, () => ({ sku: 'UMBRELLA-STORM', quantity: 1 }))) },
      400,
      'INVALID_REQUEST',
    ],
    ['an unknown field', { body: JSON.stringify({ ...umbrella(), discount: 100 }) }, 400, 'INVALID_REQUEST'],
    ['a body that is no object', { body: '[]' }, 400, 'INVALID_REQUEST'],
    ['broken JSON', { body: '{"items": [' }, 400, 'INVALID_REQUEST'],
    ['a body over 256 KiB', { body: JSON.stringify({ ...umbrella(), note: 'x'.repeat(300_000) }) }, 413, 'TOO_LARGE'],
    ['another content type', { headers: { 'content-type': 'text/plain' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['no key', { headers: { 'idempotency-key': '' } }, 400, 'IDEMPOTENCY_KEY_MISSING'],
    ['no token', { token: '' }, 401, 'UNAUTHENTICATED'],
    [
      'a token that nobody signed',
      { token: run.tokens.otherCustomer.replace(/\.[^.]*$/, '.AAAA') },
      401,
      'UNAUTHENTICATED',
    ],
    ["another customer's id", { body: JSON.stringify({ ...umbrella(), customerId: 'cus-ada' }) }, 403, 'FORBIDDEN'],
  ])('with %s is refused with its code and changes nothing', async (_, sent, status, code) => {
    const before = await traces();
    expect(await send(sent)).toEqual({ status, code });
    expect(await traces()).toEqual(before);
  });

  it('of another customer does not exist', async () => {
    const response = await fetch(`${run.gateway.url}/v1/orders`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        authorization: `Bearer ${run.tokens.customer}`,
      },
      body: JSON.stringify(umbrella()),
    });
    const { id } = (await response.json()) as { id: string };
    expect(response.headers.get('location')).toBe(`/v1/orders/${id}`);
    for (const path of [`/v1/orders/${id}`, `/v1/orders/${id}/timeline`]) {
      const foreign = await fetch(run.gateway.url + path, {
        headers: { authorization: `Bearer ${run.tokens.otherCustomer}` },
      });
      expect(foreign.status).toBe(404);
      expect(await foreign.json()).toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('sent twice with one key is one order, and another body under that key is refused', async () => {
    const key = randomUUID();
    const post = (body: unknown) =>
      fetch(`${run.gateway.url}/v1/orders`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': key,
          authorization: `Bearer ${run.tokens.customer}`,
        },
        body: JSON.stringify(body),
      });
    const first = await post(umbrella());
    const again = await post(umbrella());
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    const other = await post({ ...umbrella(), paymentMethod: 'pm_declined' });
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });
});
