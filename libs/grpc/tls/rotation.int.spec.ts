import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ChargeResponse,
  PaymentServiceService,
  type SettleRequest,
} from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import { filesIn, rotateIdentities, writeIdentity } from '#libs/security/identity-folder.js';
import { eventually } from '#libs/testing/eventually.js';
import { testIdentities, type TestIdentities } from '#libs/testing/test-identities.js';
import { grpcClient, type GrpcClient } from '../client.js';
import { serve, type AnsweringServer } from '../testing/answering-server.js';
import { serverCredentials, useIdentity } from './own-identity.js';

const REFRESH_MS = 50;
/** Longer than a busy machine pauses: a call that finds two connections in a row at their end is refused, as gRPC repeats it unasked once only. */
const CONNECTION_AGE_MS = 300;
const ROTATE_EVERY_MS = 300;
/** Shorter than the test: whoever went on with its first certificate would be refused. */
const LIFETIME_MS = 4_000;
const LASTS_MS = 6_000;

let ours: TestIdentities;
let server: AnsweringServer;
let client: GrpcClient<typeof PaymentServiceService>;
const callers = new Set<string>();

const payments = {
  settle: (call: ServerUnaryCall<SettleRequest, ChargeResponse>, done: sendUnaryData<ChargeResponse>) => {
    callers.add(call.getAuthContext().sslPeerCertificate?.serialNumber ?? 'nobody');
    done(null, ChargeResponse.decode(new Uint8Array()));
  },
};

beforeAll(async () => {
  ours = await testIdentities();
  await ours.issue('payments', LIFETIME_MS);
  await ours.issue('fulfilment', LIFETIME_MS);
  useIdentity(filesIn(join(ours.folder, 'payments')), REFRESH_MS);
  server = await serve(serverCredentials(), PaymentServiceService, payments, {
    'grpc.max_connection_age_ms': CONNECTION_AGE_MS,
  });
  useIdentity(filesIn(join(ours.folder, 'fulfilment')), REFRESH_MS);
  client = grpcClient(PaymentServiceService, server.address);
});

afterAll(async () => {
  useIdentity(null);
  client.close();
  server.stop();
  await ours.remove();
});

function settle(): Promise<unknown> {
  return client.settle({ orderId: 'o-1' }, { deadlineMs: 10_000 });
}

describe('certificates that are renewed while calls go on', () => {
  it('given both sides renewed every 300 ms and connections of 300 ms, then no call fails, and the new ones are used', async () => {
    const failures: unknown[] = [];
    let calls = 0;
    const until = Date.now() + LASTS_MS;
    const caller = async (): Promise<void> => {
      while (Date.now() < until) {
        calls += 1;
        await settle().catch((error: unknown) => failures.push(error));
        await pause(2);
      }
    };
    const rotator = async (): Promise<void> => {
      while (Date.now() < until) {
        await pause(ROTATE_EVERY_MS);
        await rotateIdentities(ours.authority, {
          root: ours.folder,
          identities: ['payments', 'fulfilment'],
          lifetimeMs: LIFETIME_MS,
        });
      }
    };
    await Promise.all([rotator(), caller(), caller(), caller(), caller()]);
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(200);
    expect(callers.size).toBeGreaterThan(4);
  });

  it('given a new key whose certificate is not there yet, or no files at all, then calls go on with the old ones', async () => {
    const folder = join(ours.folder, 'fulfilment');
    await ours.issue('payments');
    const { cert } = await ours.issue('fulfilment');
    const { serialNumber } = new X509Certificate(await readFile(cert));
    await eventually(async () => {
      await settle();
      return callers.has(serialNumber);
    });
    const { key, ...old } = await ours.authority.issue('fulfilment');
    const current = await ours.authority.issue('fulfilment');
    await writeIdentity(folder, { ...old, certificate: current.certificate, key });
    await repeat(settle, 2 * CONNECTION_AGE_MS);
    await rm(folder, { recursive: true });
    await repeat(settle, 2 * CONNECTION_AGE_MS);
    expect(callers.has('nobody')).toBe(false);
    expect([...callers].at(-1)).toBe(serialNumber);
  });
});

async function repeat(work: () => Promise<unknown>, forMs: number): Promise<void> {
  for (const until = Date.now() + forMs; Date.now() < until; await pause(5)) await work();
}
