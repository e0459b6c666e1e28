import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { disposableSet, type DisposableSet } from '../verify/disposable-set.js';
import { growOrders, orderId } from '../verify/grow-orders.js';

/** `waybill verify` over this many orders in databases of its own: `npm run bench:verify`, `WAYBILL_BENCH_ORDERS=…` for more or fewer. */
const ORDERS = Number(process.env['WAYBILL_BENCH_ORDERS'] ?? 100_000);
const ROUNDS = 3;
/** What `verify` holds at a time does not grow with the orders: with this much heap it does any number of them. */
const HEAP_MB = 64;
const MINUTE = 60_000;

let set: DisposableSet;
beforeAll(async () => {
  set = await disposableSet();
  const startedAt = performance.now();
  await growOrders(set, ORDERS);
  say(`${ORDERS} orders were made in ${seconds(performance.now() - startedAt)}`);
}, 20 * MINUTE);
afterAll(() => set.drop(), MINUTE);

it(
  'verifies them all, and finds the one that is broken among them',
  async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { ms, megabytes, exitCode, text } = await verify();
      say(`verify, round ${round}: ${seconds(ms)}, ${megabytes} MB at the most, load ${loadavg()[0]?.toFixed(1)}`);
      expect({ exitCode, text }).toEqual({ exitCode: 0, text: expect.stringContaining(`${ORDERS} orders`) });
    }
    const broken = orderId(Math.floor(ORDERS / 2) + 5);
    await set.execute('payments', `update charges set captured = 0, state = 'VOIDED' where order_id = '${broken}'`);
    const { ms, exitCode, text } = await verify();
    say(`verify, one charge missing: ${seconds(ms)}`);
    expect({ exitCode, text }).toEqual({ exitCode: 1, text: expect.stringContaining(`order ${broken} `) });
  },
  20 * MINUTE,
);

interface Run {
  readonly ms: number;
  /** The most memory that the process ever had. */
  readonly megabytes: number | string;
  readonly exitCode: number | null;
  readonly text: string;
}

/** The whole command, as a person runs it: the start of the process and its connections included. */
async function verify(): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP_MB}`, 'dist/apps/cli/main.js', 'verify', '--at-rest'],
    {
      env: { ...process.env, WAYBILL_RUN_FILE: set.runFile },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  let megabytes: number | string = 'unknown';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const watch = setInterval(() => (megabytes = peakOf(child.pid) ?? megabytes), 20);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(watch);
  return { ms: performance.now() - startedAt, megabytes, exitCode, text };
}

/** Where the system tells it: on Linux. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return peak === undefined ? undefined : Math.round(Number(peak) / 1_024);
  } catch {
    return undefined;
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

function say(line: string): void {
  process.stdout.write(`  ${line} (${availableParallelism()} cores)\n`);
}
