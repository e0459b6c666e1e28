import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { Client } from 'pg';
import type { Migrations } from '#libs/persistence/migrate.js';
import { engineUrl } from '#libs/testing/engine-urls.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations as billing } from '../../apps/billing/migrations/index.js';
import { migrations as carrierSimulator } from '../../apps/carrier-simulator/migrations/index.js';
import { migrations as catalog } from '../../apps/catalog/migrations/index.js';
import { migrations as inventory } from '../../apps/inventory/migrations/index.js';
import { migrations as notifications } from '../../apps/notifications/migrations/index.js';
import { migrations as operations } from '../../apps/operations/migrations/index.js';
import { migrations as orderView } from '../../apps/order-view/migrations/index.js';
import { migrations as orders } from '../../apps/orders/migrations/index.js';
import { migrations as paymentSimulator } from '../../apps/payment-simulator/migrations/index.js';
import { migrations as payments } from '../../apps/payments/migrations/index.js';
import { migrations as shipping } from '../../apps/shipping/migrations/index.js';

const MIGRATIONS = {
  orders,
  inventory,
  payments,
  'payment-simulator': paymentSimulator,
  shipping,
  'carrier-simulator': carrierSimulator,
  catalog,
  notifications,
  billing,
  operations,
  'order-view': orderView,
} as const satisfies Record<string, Migrations>;

export type Service = keyof typeof MIGRATIONS;

/** Every database that `verify` reads, of its newest schema, on the tests' Postgres; and nobody who writes to them. */
export interface DisposableSet {
  /** Does something to a service's database as a superuser, whatever its triggers and references say. */
  readonly execute: (service: Service, ...statements: readonly string[]) => Promise<void>;
  /** For `WAYBILL_RUN_FILE`: these databases, the role that may only read them, and no broker. */
  readonly runFile: string;
  /** A service's own database. */
  readonly database: (service: Service) => Kysely<never>;
  /** That role's URL of a database. */
  readonly auditorUrl: (service: Service) => string;
  readonly drop: () => Promise<void>;
}

export async function disposableSet(): Promise<DisposableSet> {
  const databases = new Map<Service, TestDatabase<never>>();
  for (const [service, migrations] of Object.entries(MIGRATIONS) as [Service, Migrations][]) {
    databases.set(service, await testDatabase<never>(migrations, { pool: 1 }));
  }
  const urlOf = (service: Service): string => databases.get(service)?.url ?? '';
  const auditor = { name: `test_auditor_${randomBytes(6).toString('hex')}`, password: randomBytes(12).toString('hex') };
  await onDatabase(engineUrl('postgres'), `create role ${auditor.name} login password '${auditor.password}'`);
  for (const service of databases.keys()) {
    await onDatabase(
      urlOf(service),
      `grant select on all tables in schema public to ${auditor.name}`,
      `alter default privileges in schema public grant select on tables to ${auditor.name}`,
    );
  }
  const auditorUrl = (service: Service): string =>
    Object.assign(new URL(urlOf(service)), { username: auditor.name, password: auditor.password }).toString();
  const folder = mkdtempSync(join(tmpdir(), 'waybill-verify-'));
  const runFile = join(folder, 'run.json');
  const services = Object.fromEntries(
    [...databases].map(([service, { url }]) => [service, { metrics: 'http://127.0.0.1:9/', database: url }]),
  );
  writeFileSync(runFile, JSON.stringify(runFileOf(services, auditorUrl('orders'))));
  return {
    execute: (service, ...statements) =>
      onDatabase(urlOf(service), 'begin', 'set local session_replication_role = replica', ...statements, 'commit'),
    runFile,
    database: (service) => (databases.get(service) as TestDatabase<never>).db, // each was made above
    auditorUrl,
    drop: async () => {
      for (const database of databases.values()) await database.drop();
      await onDatabase(engineUrl('postgres'), `drop role ${auditor.name}`);
      rmSync(folder, { recursive: true });
    },
  };
}

function runFileOf(services: object, auditor: string): object {
  const nowhere = '127.0.0.1:9';
  return {
    gateway: { url: `http://${nowhere}` },
    temporal: { address: nowhere, namespace: 'default' },
    rabbitmq: { amqp: `amqp://${nowhere}` },
    postgres: { auditor },
    services,
    tokens: { customer: '', otherCustomer: '', operator: '' },
  };
}

async function onDatabase(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
