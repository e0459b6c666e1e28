import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Operation } from '#libs/contracts/http/operation.js';
import { amendOrder, bulkUpdate, cancelOrder, OPERATIONS, placeOrder } from '#libs/contracts/http/operations.js';
import { discardDeadLetter } from '#libs/contracts/http/ops.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { eventually } from '#libs/testing/eventually.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { validRequest } from '../testing/valid-requests.js';

const AUDITED = OPERATIONS.filter(({ tag, method }) => tag === 'ops' && method !== 'get');

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await runGateway();
});
beforeEach(() => gateway.peers.reset());
afterAll(() => gateway.stop());

const outcomes = (): unknown[] =>
  gateway.peers.recorded.flatMap(({ method, request }) =>
    method === 'recordOutcome' ? [(request as { outcome: string }).outcome] : [],
  );

describe('what an operator does', () => {
  it.each(AUDITED.map((operation) => [operation.id, operation] as const))(
    'is recorded before %s happens, and how it ended',
    async (action, operation) => {
      const request = validRequest(operation, gateway.tokenFor(operation));
      const answer = await gateway.inject(request);
      expect(answer.statusCode).toBeLessThan(300);
      await eventually(() => expect(outcomes()).toEqual(['done']));
      const [begun] = gateway.peers.recorded;
      expect(begun).toMatchObject({
        method: 'recordAction',
        request: { action, target: request.url, traceId: answer.headers['x-request-id'] },
      });
    },
  );

  it.each(AUDITED.map((operation) => [operation.id, operation] as const))(
    'does not happen, %s neither, when it cannot be recorded',
    async (_, operation) => {
      gateway.peers.script('recordAction', new WaybillError('UNAVAILABLE', 'the database is away'));
      const answer = await gateway.inject(validRequest(operation, gateway.tokenFor(operation)));
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'UNAVAILABLE']);
      expect(gateway.peers.calls).toEqual([]);
    },
  );

  it('is recorded with its reason, also when it is refused, by the edge or behind it', async () => {
    const request = validRequest(discardDeadLetter, gateway.tokenFor(discardDeadLetter));
    gateway.peers.script('discardDeadLetter', new WaybillError('ALREADY_FINAL', 'It was replayed.'));
    expect((await gateway.inject(request)).statusCode).toBe(409);
    await eventually(() => expect(outcomes()).toEqual(['ALREADY_FINAL']));
    expect(gateway.peers.recorded[0]?.request).toMatchObject({ reason: 'Sent by hand' });
    expect((await gateway.inject({ ...request, payload: '{"reason":7}' })).statusCode).toBe(400);
    await eventually(() => expect(outcomes()).toEqual(['ALREADY_FINAL', 'INVALID_REQUEST']));
  });

  it('is no customer’s: who is not let in is not recorded', async () => {
    expect((await gateway.inject(validRequest(discardDeadLetter, gateway.token))).statusCode).toBe(403);
    expect(gateway.peers.recorded).toEqual([]);
  });
});

describe('what an operator does to a customer’s order', () => {
  const operatorsRequest = async (operation: Operation) =>
    validRequest(
      operation,
      await gateway.issuer.issueToken({ subject: 'operator-1', scopes: ['orders:read', 'orders:write', 'ops'] }),
    );

  it.each([placeOrder, cancelOrder, amendOrder, bulkUpdate].map((operation) => [operation.id, operation] as const))(
    'is recorded, %s too, and how it ended; a customer’s own is not',
    async (action, operation) => {
      const request = await operatorsRequest(operation);
      expect((await gateway.inject(request)).statusCode).toBeLessThan(300);
      await eventually(() => expect(outcomes()).toEqual(['done']));
      expect(gateway.peers.recorded[0]?.request).toMatchObject({ action, target: request.url });
      gateway.peers.reset();
      expect((await gateway.inject(validRequest(operation, gateway.token))).statusCode).toBeLessThan(300);
      expect(gateway.peers.recorded).toEqual([]);
    },
  );

  it('is done all the same while it cannot be recorded', async () => {
    gateway.peers.script('recordAction', new WaybillError('UNAVAILABLE', 'the database is away'));
    expect((await gateway.inject(await operatorsRequest(cancelOrder))).statusCode).toBeLessThan(300);
    expect(outcomes()).toEqual([]);
  });
});
