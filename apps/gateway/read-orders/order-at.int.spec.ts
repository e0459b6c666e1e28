import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { DELIVERED_ORDER } from '../testing/sample-messages.js';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await runGateway();
});
beforeEach(() => gateway.peers.reset());
afterAll(() => gateway.stop());

const get = (query: string, headers: Record<string, string> = {}) =>
  gateway.inject({
    url: `/v1/orders/${ORDER_ID}?${query}`,
    headers: { authorization: `Bearer ${gateway.token}`, ...headers },
  });

describe('an order as it was', () => {
  it.each([
    ['2026-11-20T10:00:00.5Z', '2026-11-20T10:00:00.500Z'],
    ['2026-11-20T10:00:00%2B02:00', '2026-11-20T08:00:00.000Z'],
  ])('is asked for by its time: %s', async (at, asked) => {
    expect((await get(`at=${at}`)).statusCode).toBe(200);
    expect(gateway.peers.calls[0]?.request).toMatchObject({ minVersion: 0, at: new Date(asked) });
  });

  it('is nothing to compare the present with, nor to keep: it has no ETag, whatever was asked', async () => {
    gateway.peers.script('getOrder', { order: DELIVERED_ORDER });
    const { statusCode, headers } = await get('at=2026-11-20T10:00:00Z', { 'if-none-match': '"7"' });
    expect(statusCode).toBe(200);
    expect([headers.etag, headers['cache-control']]).toEqual([undefined, 'private, no-cache']);
  });

  it.each(['yesterday', '2026-11-20', '2026-11-20T10:00:00', ''])('needs a time and its zone: %s', async (at) => {
    expect((await get(`at=${at}`)).statusCode).toBe(400);
    expect(gateway.peers.calls).toEqual([]);
  });
});
