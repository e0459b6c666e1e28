import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CommandDecision } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { cancelOrder } from '#libs/contracts/http/operations.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';
import { COMMAND_ID } from '../testing/sample-messages.js';
import { validRequest } from '../testing/valid-requests.js';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await runGateway();
});
beforeEach(() => gateway.peers.reset());
afterAll(() => gateway.stop());

function cancel(headers: Record<string, string> = {}, payload: string = JSON.stringify({ reason: 'Ordered twice' })) {
  const request = validRequest(cancelOrder, gateway.token);
  return gateway.inject({ ...request, headers: { ...request.headers, ...headers }, payload });
}

describe('cancelling an order', () => {
  it('passes on the order, the words, the caller and the key, and answers 202 while it is not decided', async () => {
    const answer = await cancel();
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ command: COMMAND_ID, status: 'pending', version: 6 });
    expect(answer.headers).toMatchObject({ location: `/v1/orders/${ORDER_ID}`, 'cache-control': 'no-store' });
    expect(answer.headers['preference-applied']).toBeUndefined();
    const [call] = gateway.peers.calls;
    expect(call?.request).toMatchObject({ id: ORDER_ID, reason: 'Ordered twice', waitMs: 0 });
    expect(call?.metadata.get('idempotency-key')).toEqual(['key-1']);
    expect(call?.deadlineMs).toBeLessThanOrEqual(4_500);
  });

  it('needs no reason', async () => {
    expect((await cancel({}, '{}')).statusCode).toBe(202);
    expect(gateway.peers.calls[0]?.request).toMatchObject({ reason: '' });
  });

  it('waits as the caller prefers, and gives the call that much more time', async () => {
    const answer = await cancel({ prefer: 'wait=20' });
    expect(answer.headers['preference-applied']).toBe('wait=20');
    const [call] = gateway.peers.calls;
    expect(call?.request).toMatchObject({ waitMs: 20_000 });
    expect(call?.deadlineMs).toBeGreaterThan(20_000);
    expect(call?.deadlineMs).toBeLessThanOrEqual(24_500);
  });

  it('answers an acceptance with 200', async () => {
    gateway.peers.script('cancelOrder', { decision: CommandDecision.ACCEPTED });
    const answer = await cancel({ prefer: 'wait=5' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ command: COMMAND_ID, status: 'accepted', version: 6 });
  });

  it.each(['TOO_LATE', 'ALREADY_FINAL'] as const)('answers %s with 409', async (code) => {
    gateway.peers.script('cancelOrder', { decision: CommandDecision[code] });
    const answer = await cancel();
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code, details: { command: COMMAND_ID } });
  });

  it.each(['[]', '{"reason":""}', '{"reason":5}', '{"why":"x"}', `{"reason":"${'x'.repeat(501)}"}`])(
    'refuses the body %s, and calls nobody',
    async (body) => {
      const answer = await cancel({}, body);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'INVALID_REQUEST']);
      expect(gateway.peers.calls).toEqual([]);
    },
  );
});
