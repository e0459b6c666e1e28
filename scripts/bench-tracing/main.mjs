/**
 * What tracing costs: two systems of the same build side by side, one that exports its spans to a collector on this machine,
 * and one that does not. They take turns (plain, traced, traced, plain) in taking orders to their delivery; of each turn, the
 * CPU time that the operating system counts for the services is told per order, less what they use while nothing is asked of them.
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
    orders: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '2' },
    flight: { type: 'string', default: '20' },
  },
});
const [orders, rounds, flight] = [values.orders, values.rounds, values.flight].map(Number);
const root = fileURLToPath(new URL('../..', import.meta.url));
const IDLE_MS = 5_000;
const WARM_UP = 150;

const systems = { plain: await start('plain', {}), traced: await start('traced', { WAYBILL_TRACES: 'on' }) };
const turns = { plain: [], traced: [] };
try {
  for (const system of Object.values(systems)) await turn(system, WARM_UP);
  for (let round = 0; round < rounds; round += 1)
    for (const name of ['plain', 'traced', 'traced', 'plain']) {
      const measured = await turn(systems[name], orders);
      turns[name].push(measured);
      console.log(`${name.padEnd(7)} ${measured.perOrder.toFixed(1)} CPU-ms per order; ${told(measured.services)}`);
    }
  const [plain, traced] = [median(turns.plain), median(turns.traced)];
  console.log(
    `\nmedian: plain ${plain.toFixed(1)}, traced ${traced.toFixed(1)}: ${(traced - plain).toFixed(1)} CPU-ms more per order`,
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
