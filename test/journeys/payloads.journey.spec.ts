import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { inClear } from '#libs/testing/in-clear.js';
import { customer, orderOf, run, untilStatus } from './running-system.js';

const { temporal: engine } = JSON.parse(readFileSync(process.env['WAYBILL_RUN_FILE'] ?? '', 'utf8')) as {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly codec: string };
};
const NAME = 'Augusta Byron';

type Payloads = temporal.api.common.v1.IPayloads;

/** What Temporal has of an order, as whoever may ask it gets it. */
async function historyOf(orderId: string) {
  const connection = await Connection.connect({ address: engine.address });
  try {
    return await connection.workflowService.getWorkflowExecutionHistory({
      namespace: engine.namespace,
      execution: { workflowId: `order-${orderId}` },
    });
  } finally {
    await connection.close();
  }
}

function decode(payloads: Payloads | null | undefined, token: string): Promise<Response> {
  return fetch(`${engine.codec}/decode`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(payloads),
  });
}

describe('what Temporal keeps of an order', () => {
  it('names nobody, and is read by an operator alone', async () => {
    const body = orderOf();
    const { id } = await customer.placeOrder({ ...body, shippingAddress: { ...body.shippingAddress, name: NAME } });
    await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
    const { history } = await historyOf(id);
    const text = inClear(JSON.stringify(history));
    expect([NAME, 'Marktplatz', 'pm_ok'].filter((word) => text.includes(word))).toEqual([]);
    expect(text.includes(id) && text.includes('2 pieces, 24.80 EUR')).toBe(true);

    const input = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input;
    const read = await decode(input, run.tokens.operator);
    expect(read.status).toBe(200);
    expect(inClear(await read.text())).toContain(NAME);
    for (const [token, status] of [
      [run.tokens.customer, 403],
      ['nobody', 401],
    ] as const)
      expect((await decode(input, token)).status).toBe(status);
  }, 60_000);
});
