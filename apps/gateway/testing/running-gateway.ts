import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Operation } from '#libs/contracts/http/operation.js';
import { openDevIssuer, type DevIssuer } from '#libs/security/dev-issuer.js';
import { ProbesController } from '#libs/telemetry/probes.controller.js';
import { edgeAdapter, edgeLimits } from '../accept-requests/edge-adapter.js';
import { gatewayConfig } from '../gateway.config.js';
import { GatewayModule } from '../gateway.module.js';
import { StandIns } from './stand-ins.js';

export interface RunningGateway {
  readonly app: NestFastifyApplication;
  readonly peers: StandIns;
  readonly issuer: DevIssuer;
  readonly url: string;
  readonly port: number;
  /** A token of a customer that may read and write. */
  readonly token: string;
  /** A token that this operation serves. */
  readonly tokenFor: (operation: Operation) => string;
  readonly inject: (options: InjectOptions) => Promise<LightMyRequestResponse>;
  /** Writes bytes to a connection of its own and gives back all that comes until it ends. */
  readonly raw: (...chunks: readonly (string | Buffer)[]) => Promise<RawAnswer>;
  readonly stop: () => Promise<void>;
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

export const REQUEST_TIMEOUT_MS = 1_000;

/** The gateway as it runs, before stand-ins of the services, where `settings` say no other. */
export async function runGateway(settings: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  const peers = new StandIns();
  const address = await peers.start();
  const folder = await mkdtemp(join(tmpdir(), 'waybill-gateway-'));
  const issuer = await openDevIssuer(folder);
  const config = gatewayConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    WAYBILL_RATE_LIMIT: 'off',
    WAYBILL_AMQP_URL: 'amqp://127.0.0.1:1',
    // What one test has scripted the next one must not get.
    WAYBILL_PRODUCT_FRESH_MS: '0',
    WAYBILL_PRODUCT_MAX_AGE_MS: '0',
    WAYBILL_POPULAR_MAX_AGE_MS: '0',
    WAYBILL_ORDERS_ADDRESS: address,
    WAYBILL_CATALOG_ADDRESS: address,
    WAYBILL_CUSTOMERS_ADDRESS: address,
    WAYBILL_PAYMENTS_ADDRESS: address,
    WAYBILL_SHIPPING_ADDRESS: address,
    WAYBILL_OPERATIONS_ADDRESS: address,
    WAYBILL_BILLING_ADDRESS: address,
    WAYBILL_ORDER_VIEW_ADDRESS: address,
    WAYBILL_JWKS_URL: issuer.jwksUrl,
    WAYBILL_TOKEN_ISSUER: issuer.issuer,
    ...settings,
  });
  // As runService puts them together.
  class Root {}
  const root = { module: Root, imports: [GatewayModule.forConfig(config)], controllers: [ProbesController] };
  const app = await NestFactory.create<NestFastifyApplication>(root, edgeAdapter(edgeLimits(config)), {
    logger: false,
    abortOnError: false,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = await app.getUrl();
  const port = Number(new URL(url).port);
  const token = await issuer.issueToken({ subject: 'customer-1', scopes: ['orders:read', 'orders:write'] });
  const operator = await issuer.issueToken({ subject: 'operator-1', scopes: ['ops'] });
  return {
    app,
    peers,
    issuer,
    url,
    port,
    token,
    tokenFor: ({ tag }) => (tag === 'ops' ? operator : token),
    inject: (options) => app.inject(options),
    raw: (...chunks) => exchange(port, chunks),
    stop: async () => {
      await app.close();
      peers.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function exchange(port: number, chunks: readonly (string | Buffer)[]): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined); // an answer may come before all was taken
  for (const chunk of chunks) socket.write(chunk);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split(/\r\n\r\n([^]*)/, 2);
  return { status: Number(head.split(' ')[1]), head, body };
}
