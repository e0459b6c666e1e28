/**
 * What one thing costs: two systems of the same build side by side, one with it and one without. They take turns (without, with,
 * with, without) in taking orders to their delivery; of each turn, the CPU time that the operating system counts for the services
 * is told per order, less what they use while nothing is asked of them.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSystem } from './own-system.mjs';
import { placeOrders, untilAtRest } from './orders.mjs';
import { cpuMs } from './cpu.mjs';

const { values } = parseArgs({
  options: {
    of: { type: 'string', default: 'tracing' },
    orders: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '2' },
    flight: { type: 'string', default: '20' },
  },
});
const [orders, rounds, flight] = [values.orders, values.rounds, values.flight].map(Number);
const root = fileURLToPath(new URL('../..', import.meta.url));
const IDLE_MS = 5_000;
const WARM_UP = 150;

/** The settings that make the difference. Traces go to a collector on this machine. */
const SETTINGS = {
  tracing: { without: {}, with: { WAYBILL_TRACES: 'on' } },
  mtls: { without: { WAYBILL_MTLS: 'off' }, with: {} },
};
const settings = SETTINGS[values.of];
if (!settings) throw new Error(`--of must be one of ${Object.keys(SETTINGS).join(', ')}, not ${values.of}`);

const systems = {};
for (const name of ['without', 'with']) systems[name] = await start(name, settings[name]);
const turns = { without: [], with: [] };
try {
  for (const system of Object.values(systems)) await turn(system, WARM_UP);
  for (let round = 0; round < rounds; round += 1)
    for (const name of ['without', 'with', 'with', 'without']) {
      const measured = await turn(systems[name], orders);
      turns[name].push(measured);
      console.log(`${name.padEnd(7)} ${measured.perOrder.toFixed(1)} CPU-ms per order; ${told(measured.services)}`);
    }
  const medians = { without: median(turns.without), with: median(turns.with) };
  const more = (medians.with - medians.without).toFixed(1);
  console.log(
    `\n${values.of}: median ${medians.without.toFixed(1)} without, ${medians.with.toFixed(1)} with: ${more} CPU-ms more per order`,
  );
} finally {
  await Promise.all(Object.values(systems).map(({ stop }) => stop()));
}

function start(name, env) {
  const quick = {
    WAYBILL_CARRIER_DISPATCH_AFTER: '1s',
    WAYBILL_CARRIER_DELIVER_AFTER: '1s',
    WAYBILL_RATE_LIMIT: 'off',
  };
  return startSystem(root, join(root, '.waybill', `bench-${name}`), { ...quick, ...env });
}

/** Everything that orders cause, to the last mail; the other system only waits meanwhile. */
async function turn({ run, services }, count) {
  const idle = await used(services, () => pause(IDLE_MS));
  const busy = await used(services, async () => untilAtRest(run, await placeOrders(run, count, flight)));
  const perService = Object.keys(services).map((name) => {
    const share = busy.ms[name] - (idle.ms[name] / idle.took) * busy.took;
    return [name, share / count];
  });
  return { perOrder: perService.reduce((sum, [, ms]) => sum + ms, 0), services: Object.fromEntries(perService) };
}

async function used(services, work) {
  const [before, since] = [cpuMs(services), Date.now()];
  await work();
  const [after, took] = [cpuMs(services), Date.now() - since];
  return { took, ms: Object.fromEntries(Object.keys(services).map((name) => [name, after[name] - before[name]])) };
}

function median(measured) {
  const sorted = measured.map(({ perOrder }) => perOrder).toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

function told(services) {
  const most = Object.entries(services).toSorted(([, one], [, other]) => other - one);
  return most.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(', ');
}
