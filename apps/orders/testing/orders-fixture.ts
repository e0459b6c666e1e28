import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import {
  OrderProgressServiceService,
  OrderServiceService,
  type CreateOrderRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import { newId } from '#libs/kernel/ids.js';
import { createService } from '#libs/kernel/run-service.js';
import { openDevIssuer, type DevIssuer } from '#libs/security/dev-issuer.js';
import type { Scope } from '#libs/security/tokens.js';
import { freePort } from '#libs/testing/free-port.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations } from '../migrations/index.js';
import { ordersConfig } from '../orders.config.js';
import { OrdersModule, SERVICES } from '../orders.module.js';
import { INVENTORY, type Inventory } from '../peers.js';
import type { OrdersSchema } from '../schema.js';
import { StubPeers } from './stub-peers.js';

export interface Replica {
  readonly app: INestApplication;
  readonly address: string;
  readonly orders: GrpcClient<typeof OrderServiceService>;
  readonly progress: GrpcClient<typeof OrderProgressServiceService>;
}

export interface OrdersFixture extends TestDatabase<OrdersSchema> {
  readonly peers: StubPeers;
  readonly issuer: DevIssuer;
  /** Where the replicas hold stock: the stub, unless the settings name another. */
  readonly inventory: Inventory;
  readonly replicas: readonly Replica[];
  readonly first: Replica;
  /** The metadata of a call by this customer. */
  as(subject: string, options?: { key?: string; scopes?: readonly Scope[] }): Promise<Record<string, string>>;
  close(): Promise<void>;
}

const CUSTOMER: readonly Scope[] = ['orders:read', 'orders:write'];

/** The service as it runs: real gRPC, real Postgres, any number of processes' worth of it. Its outbox keeps what it would send. */
export async function ordersFixture({
  replicas = 1,
  settings = {},
}: { replicas?: number; settings?: Record<string, string> } = {}): Promise<OrdersFixture> {
  const database = await testDatabase<OrdersSchema>(migrations);
  const folder = await mkdtemp(join(tmpdir(), 'waybill-orders-'));
  const issuer = await openDevIssuer(folder);
  const peers = new StubPeers();
  await peers.start();
  const started = await Promise.all(
    Array.from({ length: replicas }, () => startReplica(database.url, issuer, peers, settings)),
  );
  return {
    ...database,
    peers,
    issuer,
    inventory: started[0]?.app.get<Inventory>(INVENTORY, { strict: false }) as Inventory,
    replicas: started,
    // There is at least one.
    first: started[0] as Replica,
    as: async (subject, { key = newId<string>(), scopes = CUSTOMER } = {}) => ({
      authorization: `Bearer ${await issuer.issueToken({ subject, scopes })}`,
      'idempotency-key': key,
    }),
    close: async () => {
      for (const { app, orders, progress } of started) {
        orders.close();
        progress.close();
        await app.close();
      }
      peers.stop();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

async function startReplica(
  databaseUrl: string,
  issuer: DevIssuer,
  peers: StubPeers,
  settings: Record<string, string>,
): Promise<Replica> {
  const listen = `127.0.0.1:${await freePort()}`;
  const config = ordersConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_GRPC_LISTEN: listen,
    WAYBILL_DATABASE_URL: databaseUrl,
    // Nobody listens there: what is sent stays in the outbox, for the tests to read.
    WAYBILL_AMQP_URL: 'amqp://127.0.0.1:1',
    // So it is by looking that a replica learns what another has done.
    WAYBILL_CHANGES_POLL: '50ms',
    WAYBILL_CATALOG_ADDRESS: peers.address,
    WAYBILL_INVENTORY_ADDRESS: peers.address,
    WAYBILL_JWKS_URL: issuer.jwksUrl,
    WAYBILL_TOKEN_ISSUER: issuer.issuer,
    ...settings,
  });
  const app = await createService({
    name: 'orders',
    config,
    module: OrdersModule.with(config),
    grpc: { listen, services: SERVICES },
  });
  return {
    app,
    address: listen,
    orders: grpcClient(OrderServiceService, listen),
    progress: grpcClient(OrderProgressServiceService, listen),
  };
}

/** Two mugs, to be paid and sent in the usual way. */
export function wish(changes: Partial<CreateOrderRequest> = {}): CreateOrderRequest {
  return {
    customerId: '',
    items: [{ sku: 'MUG', quantity: 2 }],
    paymentMethod: 'pm_ok',
    shippingAddress: { name: 'Ada Lovelace', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
    shippingMethod: '',
    ...changes,
  };
}

/** Long enough for a machine that is busy with other things. */
export const CALL = { deadlineMs: 20_000 };
