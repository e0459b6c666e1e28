/**
 * What the gateway costs: one order is read through it, and from orders directly as the identity `operator`, by turns (direct,
 * gateway, gateway, direct) on a running system. Latency is measured one request at a time; CPU time is the operating system's
 * for the services, with eight requests in flight.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { readFileSync } from 'node:fs';
import { cpuMs } from '../bench-cost/cpu.mjs';
import { placeOrders, untilAtRest } from '../bench-cost/orders.mjs';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '4000' }, rounds: { type: 'string', default: '3' } },
});
const [requests, rounds] = [values.requests, values.rounds].map(Number);
const IN_FLIGHT = 8;
const DEADLINE_MS = 5_000;

const run = JSON.parse(readFileSync(process.env.WAYBILL_RUN_FILE ?? '.waybill/run.json', 'utf8'));
const services = { gateway: run.services.gateway.pid, orders: run.services.orders.pid };
const authorization = `Bearer ${run.tokens.customer}`;
const [id] = await placeOrders(run, 1, 1);
// Terminal orders are served from the gateway's caches to nobody else; what is read is settled, so that all reads are alike.
await untilAtRest(run, [id]);

const client = await ordersClient();
const ways = {
  direct: () => client.getOrder({ id, minVersion: 0 }, { deadlineMs: DEADLINE_MS, metadata: { authorization } }),
  gateway: async () => {
    const answer = await fetch(`${run.gateway.url}/v1/orders/${id}`, { headers: { authorization } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the gateway answered ${answer.status}: ${text}`);
  },
};
const measured = { direct: [], gateway: [] };
for (const way of Object.values(ways)) await many(way, requests, IN_FLIGHT);
for (let round = 0; round < rounds; round += 1)
  for (const name of ['direct', 'gateway', 'gateway', 'direct']) measured[name].push(await measure(ways[name]));
for (const [name, turns] of Object.entries(measured)) tell(name, turns);
const added = median(measured.gateway, 'p50') - median(measured.direct, 'p50');
console.log(`the gateway adds ${added.toFixed(2)} ms to the median request`);
client.close();

async function ordersClient() {
  const { grpcClient } = await import('../../dist/libs/grpc/client.js');
  const { useIdentity } = await import('../../dist/libs/grpc/tls/own-identity.js');
  const { OrderServiceService } = await import('../../dist/libs/contracts/generated/waybill/orders/v1/orders.js');
  useIdentity(run.tls);
  return grpcClient(OrderServiceService, run.services.orders.grpc);
}

async function measure(way) {
  const latencies = [];
  for (let asked = 0; asked < requests / 4; asked += 1) {
    const began = performance.now();
    await way();
    latencies.push(performance.now() - began);
  }
  const before = cpuMs(services);
  await many(way, requests, IN_FLIGHT);
  const after = cpuMs(services);
  const perRequest = (name) => (after[name] - before[name]) / requests;
  latencies.sort((one, other) => one - other);
  return {
    p50: latencies[Math.floor(latencies.length / 2)],
    p99: latencies[Math.floor(latencies.length * 0.99)],
    gateway: perRequest('gateway'),
    orders: perRequest('orders'),
  };
}

async function many(way, count, inFlight) {
  let left = count;
  const asking = async () => {
    while (left > 0) {
      left -= 1;
      await way();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, asking));
}

function tell(name, turns) {
  const of = (figure) => median(turns, figure).toFixed(2);
  console.log(
    `${name.padEnd(8)} p50 ${of('p50')} ms, p99 ${of('p99')} ms; CPU-ms per request: gateway ${of('gateway')}, orders ${of('orders')}`,
  );
}

function median(turns, figure) {
  return turns.map((turn) => turn[figure]).toSorted((one, other) => one - other)[Math.floor(turns.length / 2)];
}
