import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { openDevIssuer } from '#libs/security/dev-issuer.js';
import { eventually } from '#libs/testing/eventually.js';
import { freePort } from '#libs/testing/free-port.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations as orderViewMigrations } from '../../apps/order-view/migrations/index.js';
import { migrations as ordersMigrations } from '../../apps/orders/migrations/index.js';
import { growLog } from './grow-log.js';

/** Each projection is built from the log of this many orders, by the services as they run: `npm run bench:rebuild`. */
const ORDERS = Number(process.env['WAYBILL_BENCH_ORDERS'] ?? 100_000);
const MINUTE = 60_000;

let folder: string;
let broker: TestBroker;
let orders: TestDatabase<never>;
let view: TestDatabase<never>;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-rebuild-'));
  [broker, orders, view] = await Promise.all([
    testBroker(),
    testDatabase<never>(ordersMigrations),
    testDatabase<never>(orderViewMigrations),
  ]);
  say(`${await growLog(orders.db, ORDERS)} events of ${ORDERS} orders are in the log`);
}, 20 * MINUTE);
afterAll(async () => {
  for (const process of processes) process.kill('SIGKILL');
  await Promise.all([broker.drop(), orders.drop(), view.drop()]);
  rmSync(folder, { recursive: true });
}, MINUTE);

it(
  'builds every projection, and says at which rate',
  async () => {
    const issuer = await openDevIssuer(folder);
    const shared = {
      WAYBILL_AMQP_URL: broker.url,
      WAYBILL_JWKS_URL: issuer.jwksUrl,
      WAYBILL_TOKEN_ISSUER: issuer.issuer,
    };
    const address = `127.0.0.1:${await freePort()}`;
    const log = await start('orders', {
      ...shared,
      WAYBILL_GRPC_LISTEN: address,
      WAYBILL_DATABASE_URL: orders.url,
      WAYBILL_CATALOG_ADDRESS: '127.0.0.1:9',
      WAYBILL_INVENTORY_ADDRESS: '127.0.0.1:9',
    });
    const builder = await start('order-view', {
      ...shared,
      WAYBILL_GRPC_LISTEN: `127.0.0.1:${await freePort()}`,
      WAYBILL_DATABASE_URL: view.url,
      WAYBILL_ORDERS_ADDRESS: address,
    });
    const built: Built[] = [];
    createInterface({ input: builder.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const { msg, ...rest } = JSON.parse(line) as Built & { msg: string };
      if (msg === 'the log is read') built.push({ ...rest, cpuMs: cpuOf(builder) + cpuOf(log) });
    });
    await eventually(() => built.length === 3, { withinMs: 15 * MINUTE, everyMs: 500 });
    built.forEach(({ projection, events, seconds, rate, cpuMs }, place) => {
      const own = cpuMs - (built[place - 1]?.cpuMs ?? 0);
      say(
        `${projection}: ${events} events in ${seconds.toFixed(1)} s, ${rate} events/s; orders and order-view ` +
          `${Math.round((1_000 * own) / events)} CPU-µs an event; load ${loadavg()[0]?.toFixed(1)}`,
      );
    });
    const { rows } = await sql<{ shown: number }>`select count(*) as shown from orders_1`.execute(view.db);
    expect(rows[0]?.shown).toBe(ORDERS);
  },
  20 * MINUTE,
);

interface Built {
  readonly projection: string;
  readonly events: number;
  readonly seconds: number;
  readonly rate: number;
  readonly cpuMs: number;
}

async function start(name: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [`dist/apps/${name}/main.js`], {
    env: { WAYBILL_MTLS: 'off', ...process.env, ...env, WAYBILL_PROBE_LISTEN: `127.0.0.1:${await freePort()}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(child);
  return child;
}

const MS_PER_TICK = 10;

/** User and system time, by the operating system's accounting. */
function cpuOf({ pid = 0 }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

function say(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
