import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing/eventually.js';
import { ledgerOf, orderOf, rows, run, untilStatus } from './running-system.js';

const CLIENTS = 50;
const MINUTE = 60_000;
const GATEWAYS = ['gateway', 'gateway-2'] as const;
const ORDERS = ['orders', 'orders-2'] as const;

interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: { readonly id?: string; readonly code?: string };
}

async function place(client: number, key: string, body: unknown): Promise<Answer> {
  const gateway = run.services[GATEWAYS[client % GATEWAYS.length] as 'gateway'];
  const answer = await fetch(`${gateway.http}/v1/orders`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${run.tokens.customer}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  const replayed = answer.headers.get('idempotency-replayed') === 'true';
  return { status: answer.status, replayed, body: (await answer.json()) as Answer['body'] };
}

/** As a client does that is told to come again: 409 is the only answer that it does not take. */
function untilAnswered(client: number, key: string, body: unknown): Promise<Answer> {
  return eventually(async () => {
    const answer = await place(client, key, body);
    expect(answer.body.code).not.toBe('REQUEST_IN_FLIGHT');
    return answer;
  });
}

/** How many orders that process was asked to place. */
async function askedToPlace(process: (typeof ORDERS)[number]): Promise<number> {
  const text = await (await fetch(run.services[process].metrics)).text();
  const counts = text.matchAll(/^waybill_grpc_server_seconds_count\{[^}]*\/CreateOrder"[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe(`one idempotency key from ${CLIENTS} clients at once, over two processes of the gateway and two of orders`, () => {
  it(
    'is one order, which is charged once and which all of them are answered',
    async () => {
      // Its own name finds it among the orders of others that are placed meanwhile.
      const name = `Once ${randomUUID()}`;
      const order = { ...orderOf(), shippingAddress: { ...orderOf().shippingAddress, name } };
      const key = randomUUID();
      const asked = await Promise.all(ORDERS.map(askedToPlace));
      const answers = await Promise.all(
        Array.from({ length: CLIENTS }, (_, client) => untilAnswered(client, key, order)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      const [id, ...others] = new Set(answers.map(({ body }) => body.id));
      expect([typeof id, others]).toEqual(['string', []]);
      expect(answers.filter(({ replayed }) => replayed)).toHaveLength(CLIENTS - 1);
      expect(
        await rows('orders', "select id from orders where placed->'shippingAddress'->>'name' = $1", [name]),
      ).toEqual([{ id }]);
      for (const [index, process] of ORDERS.entries())
        expect(await askedToPlace(process)).toBeGreaterThan(asked[index] ?? 0);
      await untilStatus(id as string, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
      expect(await ledgerOf(id as string)).toMatchObject({ charges: 1, refunded: 0 });
    },
    MINUTE,
  );
});
