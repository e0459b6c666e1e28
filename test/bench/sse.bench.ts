import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import {
  Direction,
  OrderProgressServiceService,
  OrderServiceService,
  Outcome,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { grpcClient, type GrpcClient } from '#libs/grpc/client.js';
import { newId } from '#libs/kernel/ids.js';
import { openDevIssuer, type DevIssuer } from '#libs/security/dev-issuer.js';
import { eventually } from '#libs/testing/eventually.js';
import { freePort } from '#libs/testing/free-port.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { gatewayConfig } from '../../apps/gateway/gateway.config.js';
import { migrations } from '../../apps/orders/migrations/index.js';
import type { OrdersSchema } from '../../apps/orders/schema.js';
import { wish } from '../../apps/orders/testing/orders-fixture.js';
import { StubPeers } from '../../apps/orders/testing/stub-peers.js';

/** This many clients follow orders at one gateway: `npm run bench:sse`, `WAYBILL_BENCH_CLIENTS=…` for more or fewer. */
const CLIENTS = Number(process.env['WAYBILL_BENCH_CLIENTS'] ?? 5_000);
const IDLE_S = 20;
const MINUTE = 60_000;
const CALL = { deadlineMs: 10_000 };

interface Process {
  readonly name: string;
  readonly child: ChildProcess;
}

let database: TestDatabase<OrdersSchema>;
let broker: TestBroker;
let issuer: DevIssuer;
let folder: string;
let orders: Process;
let gateway: Process;
let gatewayPort: number;
let api: GrpcClient<typeof OrderServiceService>;
let progress: GrpcClient<typeof OrderProgressServiceService>;
let token: string;
const peers = new StubPeers();
const started: ChildProcess[] = [];

beforeAll(async () => {
  requireOpenFiles(CLIENTS + 200);
  [database, broker] = await Promise.all([testDatabase<OrdersSchema>(migrations), testBroker()]);
  folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
  issuer = await openDevIssuer(folder);
  token = await issuer.issueToken({ subject: 'anna', scopes: ['orders:read', 'orders:write'] });
  await peers.start();
  await startServices();
}, MINUTE);
afterAll(async () => {
  api.close();
  progress.close();
  for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill();
    await once(child, 'exit');
  }
  peers.stop();
  await database.drop();
  await broker.drop();
  await rm(folder, { recursive: true });
}, MINUTE);

it(
  `${CLIENTS} clients, all at one order`,
  async () => {
    const [id = ''] = await placed(1);
    await measure([id]);
  },
  5 * MINUTE,
);

it(
  `${CLIENTS} clients, each at an order of its own`,
  async () => {
    await measure(await placed(CLIENTS));
  },
  5 * MINUTE,
);

async function measure(ids: readonly string[]): Promise<void> {
  say(`without clients: ${memory(gateway)}, ${memory(orders)}`);
  const clients = fork('test/bench/event-clients.mjs', { execArgv: [] });
  started.push(clients);
  clients.send({ open: { port: gatewayPort, token, orders: ids, clients: CLIENTS } });
  const { ms } = await told<{ ms: number }>(clients, 'opened');
  say(`${CLIENTS} clients have their first event after ${(ms / 1_000).toFixed(1)} s`);
  await pause(5_000);
  say(`with them: ${memory(gateway)}, ${memory(orders)}`);
  const before = [cpuSeconds(gateway), cpuSeconds(orders)] as const;
  await pause(IDLE_S * 1_000);
  const idle = [cpuSeconds(gateway) - before[0], cpuSeconds(orders) - before[1]] as const;
  const [ofGateway, ofOrders] = idle.map((seconds) => `${((100 * seconds) / IDLE_S).toFixed(1)} %`);
  say(`idle for ${IDLE_S} s: gateway ${ofGateway}, orders ${ofOrders} of a core`);
  await change(clients, ids);
  clients.removeAllListeners('message');
  clients.kill();
  await once(clients, 'exit');
  await eventually(async () => (await gaugeOf('waybill_event_clients')) === 0, { withinMs: 30_000 });
  await pause(5_000);
  say(`when they have left: ${memory(gateway)}, ${memory(orders)}, load ${loadavg()[0]?.toFixed(1)}`);
}

/** Changes each order, and waits until all have heard of it. */
async function change(clients: ChildProcess, ids: readonly string[]): Promise<void> {
  clients.send({ expect: { version: 2, clients: CLIENTS } });
  const reached = told<{ at: number }>(clients, 'reached');
  const began = Date.now();
  const step = { step: 'reserve-inventory', direction: Direction.DO, attempt: 1, outcome: Outcome.OK, detail: '' };
  const request = { ...step, startedAt: new Date(), endedAt: new Date(), amount: undefined, shipment: undefined };
  for (const some of chunks(ids, 50))
    await Promise.all(some.map((orderId) => progress.recordStep({ ...request, orderId }, CALL)));
  const written = Date.now() - began;
  const { at } = await reached;
  say(`${ids.length} changes (written within ${written} ms) had reached all ${CLIENTS} after ${at - began} ms`);
  expect(at).toBeGreaterThan(began);
}

/** One is placed; the others are its copies. */
async function placed(count: number): Promise<string[]> {
  const metadata = { authorization: `Bearer ${token}`, 'idempotency-key': newId<string>() };
  const { order } = await api.createOrder(wish(), { ...CALL, metadata });
  const id = order?.id ?? '';
  const copies = Array.from({ length: count - 1 }, () => newId<string>());
  await sql`insert into orders select (jsonb_populate_record(orders, jsonb_build_object('id', copy, 'placed', jsonb_set(placed, '{orderId}', to_jsonb(copy))))).*
    from orders, unnest(${copies}::text[]) as copy where id = ${id}`.execute(database.db);
  await sql`insert into order_events select (jsonb_populate_record(order_events, jsonb_build_object('order_id', copy, 'data', jsonb_set(data, '{orderId}', to_jsonb(copy))))).*
    from order_events, unnest(${copies}::text[]) as copy where order_id = ${id}`.execute(database.db);
  return [id, ...copies];
}

async function startServices(): Promise<void> {
  const [ordersPort, ordersProbe] = [await freePort(), await freePort()];
  gatewayPort = await freePort();
  const issuing = { WAYBILL_JWKS_URL: issuer.jwksUrl, WAYBILL_TOKEN_ISSUER: issuer.issuer, WAYBILL_LOG_LEVEL: 'warn' };
  const address = `127.0.0.1:${ordersPort}`;
  orders = start('orders', {
    ...issuing,
    WAYBILL_PROBE_LISTEN: `127.0.0.1:${ordersProbe}`,
    WAYBILL_GRPC_LISTEN: address,
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_DATABASE_POOL: '8',
    WAYBILL_AMQP_URL: broker.url,
    WAYBILL_CATALOG_ADDRESS: peers.address,
    WAYBILL_INVENTORY_ADDRESS: peers.address,
  });
  const others = Object.keys(gatewayConfig.shape).filter((name) => name.endsWith('_ADDRESS'));
  gateway = start('gateway', {
    ...issuing,
    ...Object.fromEntries(others.map((name) => [name, peers.address])),
    WAYBILL_PROBE_LISTEN: `127.0.0.1:${gatewayPort}`,
    WAYBILL_ORDERS_ADDRESS: address,
    WAYBILL_RATE_LIMIT: 'off',
  });
  await eventually(async () => (await fetch(`http://127.0.0.1:${ordersProbe}/readyz`)).ok, { withinMs: 40_000 });
  await eventually(async () => (await fetch(`http://127.0.0.1:${gatewayPort}/readyz`)).ok, { withinMs: 40_000 });
  api = grpcClient(OrderServiceService, address);
  progress = grpcClient(OrderProgressServiceService, address);
}

/** As the launcher starts them. */
function start(name: string, env: Record<string, string>): Process {
  const child = spawn(process.execPath, ['--enable-source-maps', `dist/apps/${name}/main.js`], {
    env: { WAYBILL_MTLS: 'off', PATH: process.env['PATH'], MALLOC_ARENA_MAX: '2', ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  started.push(child);
  return { name, child };
}

function told<Value>(from: ChildProcess, what: string): Promise<Value> {
  return new Promise((resolve, reject) => {
    from.on('message', (message: Record<string, Value>) => {
      if (message['problem'] !== undefined) reject(new Error(String(message['problem'])));
      if (message[what] !== undefined) resolve(message[what]);
    });
  });
}

function memory({ name, child }: Process): string {
  const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8');
  const [rss, pss] = ['Rss', 'Pss'].map((field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]));
  return `${name} ${Math.round((pss ?? 0) / 1_024)} MB PSS (${Math.round((rss ?? 0) / 1_024)} MB RSS)`;
}

/** Linux counts in hundredths of a second. */
function cpuSeconds({ child }: Process): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function gaugeOf(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${gatewayPort}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'm').exec(text)?.[1] ?? NaN);
}

/** Node raises its own limit as far as the system lets it. */
function requireOpenFiles(wanted: number): void {
  const hard = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  if (hard === 'unlimited' || Number(hard) >= wanted) return;
  throw new Error(`A process may open ${hard} files here, ${wanted} are needed: raise the hard limit (\`ulimit -Hn\`)`);
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}

function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
