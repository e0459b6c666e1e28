import { Server, ServerCredentials, type MethodDefinition } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { service as HealthService } from 'grpc-health-check';
import { freePort } from '#libs/testing/free-port.js';
import { eventually } from '#libs/testing/eventually.js';
import { registerReadiness, reportReadiness } from '#libs/telemetry/readiness.js';
import { grpcClient } from './client.js';
import { ServiceHealth } from './serve-health.js';
import { useIdentity } from './tls/own-identity.js';

type Asked = { service: string };
type Answered = { status: string };
const definition = {
  check: HealthService['Check'] as unknown as MethodDefinition<Asked, Answered>,
  watch: HealthService['Watch'] as unknown as MethodDefinition<Asked, Answered> & { responseStream: true },
};

const NAME = 'waybill.orders.v1.OrderService';
let database: string | undefined;
let stop: AbortController;
let server: Server;
let client: ReturnType<typeof grpcClient<typeof definition>>;

beforeEach(async () => {
  useIdentity(null);
  database = undefined;
  registerReadiness('database', () =>
    database === undefined ? Promise.resolve() : Promise.reject(new Error(database)),
  );
  registerReadiness('broker', () => Promise.reject(new Error('away')), { optional: true });
  [server, stop] = [new Server(), new AbortController()];
  new ServiceHealth([NAME], async () => (await reportReadiness()).ready, stop.signal).addToServer(server);
  const address = `127.0.0.1:${await freePort()}`;
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())),
  );
  client = grpcClient(definition, address);
});
afterEach(() => {
  client.close();
  server.forceShutdown();
});

const ask = async (service: string): Promise<string> =>
  (await client.check({ service }, { deadlineMs: 10_000 })).status;

describe('the health of a service', () => {
  it('given its database and no broker, which it can do without, then it serves', async () => {
    expect(await Promise.all(['', NAME, 'liveness'].map(ask))).toEqual(['SERVING', 'SERVING', 'SERVING']);
    await expect(ask('waybill.nobody.v1.Nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('given that its database is gone, then it does not serve, and lives all the same, until it is back', async () => {
    database = 'gone';
    expect(await Promise.all(['', NAME, 'liveness'].map(ask))).toEqual(['NOT_SERVING', 'NOT_SERVING', 'SERVING']);
    database = undefined;
    expect(await ask('')).toBe('SERVING');
  });

  it('given somebody who watches, then each change is told', async () => {
    const seen: string[] = [];
    const watching = client.watch({ service: '' }, {});
    watching.on('data', ({ status }: Answered) => seen.push(status)).on('error', () => undefined);
    await eventually(() => seen.length === 1);
    database = 'gone';
    await eventually(() => seen.length === 2);
    watching.cancel();
    expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
  });

  it('given somebody who watches a service that stops, then that is told at once, and the server has nobody to wait for', async () => {
    const told = ['', 'liveness'].map((service) => {
      const seen: string[] = [];
      const watching = client.watch({ service }, {});
      watching.on('data', ({ status }: Answered) => seen.push(status)).on('error', () => undefined);
      return seen;
    });
    await eventually(() => told.every((seen) => seen.length === 1));
    const began = Date.now();
    stop.abort();
    await new Promise<void>((resolve, reject) => server.tryShutdown((error) => (error ? reject(error) : resolve())));
    expect(Date.now() - began).toBeLessThan(1_500);
    await eventually(() => told.every((seen) => seen.length === 2));
    expect(told).toEqual(told.map(() => ['SERVING', 'NOT_SERVING']));
  });

  it('given many who ask at once, then its dependencies are asked once', async () => {
    let asked = 0;
    registerReadiness('counted', async () => void (await new Promise((resolve) => setTimeout(resolve, 50, ++asked))));
    await Promise.all(Array.from({ length: 20 }, () => reportReadiness()));
    expect(asked).toBe(1);
  });
});
