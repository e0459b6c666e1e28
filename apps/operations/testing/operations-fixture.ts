import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationsServiceService } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { grpcClient, type CallOptions, type GrpcClient } from '#libs/grpc/client.js';
import { newId } from '#libs/kernel/ids.js';
import { createService } from '#libs/kernel/run-service.js';
import { QueueProbe } from '#libs/messaging/testing/queue-probe.js';
import { openDevIssuer } from '#libs/security/dev-issuer.js';
import type { Scope } from '#libs/security/tokens.js';
import { freePort } from '#libs/testing/free-port.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations } from '../migrations/index.js';
import { operationsConfig } from '../operations.config.js';
import { OperationsModule, SERVICES } from '../operations.module.js';
import type { OperationsSchema } from '../schema.js';

export interface OperationsFixture extends TestDatabase<OperationsSchema> {
  readonly broker: TestBroker;
  readonly probe: QueueProbe;
  readonly operations: GrpcClient<typeof OperationsServiceService>;
  /** How an operator calls, with a new key unless given. */
  readonly as: (subject?: string, options?: { key?: string; scopes?: readonly Scope[] }) => Promise<CallOptions>;
  /** Starts it again after `stop`. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The service as it runs: real gRPC, Postgres and RabbitMQ, none of them shared. */
export async function operationsFixture(settings: Record<string, string> = {}): Promise<OperationsFixture> {
  const [database, broker] = await Promise.all([testDatabase<OperationsSchema>(migrations), testBroker()]);
  const probe = await QueueProbe.open(broker.url);
  const folder = await mkdtemp(join(tmpdir(), 'waybill-operations-'));
  const issuer = await openDevIssuer(folder);
  const listen = `127.0.0.1:${await freePort()}`;
  const config = operationsConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_GRPC_LISTEN: listen,
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_AMQP_URL: broker.url,
    // Nobody of that name may read there: that is what a check is told.
    WAYBILL_AUDITOR_URL: Object.assign(new URL(database.url), { username: 'waybill_nobody' }).toString(),
    WAYBILL_JWKS_URL: issuer.jwksUrl,
    WAYBILL_TOKEN_ISSUER: issuer.issuer,
    ...settings,
  });
  const start = () =>
    createService({
      name: 'operations',
      config,
      module: OperationsModule.with(config),
      grpc: { listen, services: SERVICES },
    });
  let app = await start();
  const operator: readonly Scope[] = ['ops'];
  const operations = grpcClient(OperationsServiceService, listen);
  return {
    ...database,
    broker,
    probe,
    operations,
    as: async (subject = 'olga', { key = newId<string>(), scopes = operator } = {}) => ({
      deadlineMs: 10_000,
      metadata: {
        authorization: `Bearer ${await issuer.issueToken({ subject, scopes })}`,
        'idempotency-key': key,
      },
    }),
    start: async () => void (app = await start()),
    stop: () => app.close(),
    close: async () => {
      operations.close();
      await app.close();
      await probe.close();
      await broker.drop();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}
