import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { OperationsServiceService } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { toStatus } from '#libs/grpc/errors.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { setStock } from './manage-stock.js';

const LEVEL = {
  sku: 'MUG',
  warehouse: 'LEIPZIG',
  available: 5,
  held: 0,
  reserved: 0,
  shipped: 0,
  writtenOff: 0,
  received: 5,
  version: 1,
};

/** What was called, in this order. */
let calls: { method: string; request: Record<string, unknown>; authorization: unknown; traceparent: string }[];
let failing: Map<string, WaybillError>;
let server: Server;
let folder: string;

beforeEach(async () => {
  [calls, failing, server] = [[], new Map(), new Server()];
  const serve = (method: string, answer: object) => ({
    [method]: (call: ServerUnaryCall<Record<string, unknown>, unknown>, done: sendUnaryData<unknown>) => {
      const [authorization, traceparent] = ['authorization', 'traceparent'].map((name) => call.metadata.get(name)[0]);
      calls.push({ method, request: call.request, authorization, traceparent: String(traceparent) });
      const failure = failing.get(method);
      if (failure) done(toStatus(failure));
      else done(null, answer);
    },
  });
  server.addService(InventoryServiceService, serve('setStock', LEVEL));
  server.addService(OperationsServiceService, { ...serve('recordAction', {}), ...serve('recordOutcome', {}) });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  folder = await mkdtemp(join(tmpdir(), 'waybill-cli-'));
  const service = { grpc: `127.0.0.1:${port}`, metrics: 'http://127.0.0.1:1/metrics' };
  const run = {
    gateway: { url: 'http://127.0.0.1:1' },
    temporal: { address: '127.0.0.1:1', namespace: 'default' },
    services: { inventory: service, operations: service },
    tokens: { customer: 'c', otherCustomer: 'o', operator: 'the-operators' },
    tls: null,
  };
  process.env['WAYBILL_RUN_FILE'] = join(folder, 'run.json');
  await writeFile(process.env['WAYBILL_RUN_FILE'], JSON.stringify(run));
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  jest.restoreAllMocks();
  delete process.env['WAYBILL_RUN_FILE'];
  delete process.env['WAYBILL_OPERATOR_TOKEN'];
  server.forceShutdown();
  await rm(folder, { recursive: true });
});

const count = () => setStock('MUG', 'LEIPZIG', '5', { reason: 'counted by hand' });
const methods = () => calls.map(({ method }) => method);
const outcome = () => calls.find(({ method }) => method === 'recordOutcome')?.request['outcome'];

describe('an operator who counts stock', () => {
  it('is recorded before it changes, with what it becomes and why, and how it ended', async () => {
    await count();
    expect(methods()).toEqual(['recordAction', 'setStock', 'recordOutcome']);
    const [begun, set, ended] = calls;
    expect(begun).toMatchObject({
      request: { action: 'setStock', target: 'MUG@LEIPZIG = 5', reason: 'counted by hand' },
      authorization: 'Bearer the-operators',
    });
    expect(set?.traceparent).toContain(begun?.request['traceId']);
    expect(ended?.request).toEqual({ id: begun?.request['id'], outcome: 'done' });
  });

  it('changes nothing when that cannot be recorded', async () => {
    failing.set('recordAction', new WaybillError('FORBIDDEN', 'This needs the scope ops.'));
    await expect(count()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(methods()).toEqual(['recordAction']);
  });

  it('acts under the token that is given, in place of the one that the run file has', async () => {
    process.env['WAYBILL_OPERATOR_TOKEN'] = 'of-our-issuer';
    await count();
    expect(calls.map(({ authorization }) => authorization)).toEqual([
      'Bearer of-our-issuer',
      undefined,
      'Bearer of-our-issuer',
    ]);
  });

  it('is told where to get another token when this one is no longer good', async () => {
    failing.set('recordAction', new WaybillError('UNAUTHENTICATED', 'The token has expired.'));
    await expect(count()).rejects.toThrow(/has expired.*npm start.*WAYBILL_OPERATOR_TOKEN/);
    expect(methods()).toEqual(['recordAction']);
  });

  it('is told what is there now, and that the audit misses how it ended, when that cannot be recorded', async () => {
    failing.set('recordOutcome', new WaybillError('UNAVAILABLE', 'The database is away.'));
    const told = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    await count();
    expect(told.mock.calls.join()).toContain('missing in the audit: The database is away.');
    expect(methods()).toEqual(['recordAction', 'setStock', 'recordOutcome']);
  });

  it('is recorded as refused when it is', async () => {
    failing.set('setStock', new WaybillError('INVALID_REQUEST', 'No such warehouse.'));
    await expect(count()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(outcome()).toBe('INVALID_REQUEST');
  });
});
