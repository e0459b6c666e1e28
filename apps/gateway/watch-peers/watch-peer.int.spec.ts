import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { HealthImplementation, type ServingStatus } from 'grpc-health-check';
import { useIdentity } from '#libs/grpc/tls/own-identity.js';
import { reportReadiness } from '#libs/telemetry/readiness.js';
import { watchPeer } from './watch-peer.js';

let server: Server;
let stopWatching: () => void;

beforeEach(() => useIdentity(null));
afterEach(() => {
  stopWatching();
  server.forceShutdown();
});

/** Whether the gateway is ready beside a peer that says this of its names. */
async function readyBeside(
  statuses: Readonly<Record<string, ServingStatus>>,
  options: { readonly optional?: boolean } = {},
) {
  server = new Server();
  new HealthImplementation(statuses).addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  stopWatching = watchPeer('orders', `127.0.0.1:${port}`, options);
  const { ready, checks } = await reportReadiness();
  return { ready, orders: checks['orders'] };
}

it.each([
  ['that lives, its database away', { '': 'NOT_SERVING', liveness: 'SERVING' }],
  ['of an older release, which does not know the name of liveness', { '': 'SERVING' }],
] as const)('a gateway is ready beside a needed peer %s', async (_, statuses) => {
  expect(await readyBeside(statuses)).toEqual({ ready: true, orders: 'ok' });
});

it('a gateway is not ready beside a needed peer that does not live', async () => {
  expect(await readyBeside({ '': 'SERVING', liveness: 'NOT_SERVING' })).toEqual({
    ready: false,
    orders: 'orders reports NOT_SERVING',
  });
});

it('a gateway is ready beside an optional peer that does not serve, and says so', async () => {
  expect(await readyBeside({ '': 'NOT_SERVING' }, { optional: true })).toEqual({
    ready: true,
    orders: 'orders reports NOT_SERVING',
  });
});
