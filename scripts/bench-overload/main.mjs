/**
 * Measures how many orders a second the running system confirms when it is kept just busy (its capacity), then offers ten times that in
 * an open loop: requests go out by the clock, whatever becomes of those before. What is confirmed meanwhile, compared with the capacity, is
 * the goodput; the rest should be refused, quickly. It counts only if `waybill verify` finds all whole afterwards. Start the system with `WAYBILL_RATE_LIMIT=off npm start -- --no-samples`.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '75' },
    capacity: { type: 'string' },
  },
});
const [times, seconds] = [values.times, values.seconds].map(Number);
const run = JSON.parse(readFileSync(process.env.WAYBILL_RUN_FILE ?? '.waybill/run.json', 'utf8'));
const agent = new Agent({ keepAlive: true, maxSockets: 2_000 });
const body = JSON.stringify({
  items: [{ sku: 'MUG-ENAMEL', quantity: 1 }],
  paymentMethod: 'pm_ok',
  shippingAddress: { name: 'Ada Lovelace', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
});

/** Long enough under way that a request stands for one that its client would still wait for. */
const GIVE_UP_MS = 10_000;
/** `orders` says how many it has confirmed in the last minute: so long is measured, after the beginning. */
const MINUTE_S = 60;
const WARM_UP_S = 15;
/** Kept open while the capacity is measured: enough that nothing is idle, too few to be refused. */
const KEPT_OPEN = 150;
/** How often `orders` counts; looking more often would tell nothing new, and cost what is measured. */
const COUNTED_EACH_MS = 1_000;
/** What was accepted has come to an end by then, or never will. */
const SETTLED_WITHIN_MS = 180_000;

const capacity = values.capacity === undefined ? await measureCapacity() : Number(values.capacity);
console.log(
  `capacity: ${capacity.toFixed(1)} CONFIRMED/s; offered: ${(capacity * times).toFixed(0)} orders/s for ${seconds} s`,
);
await overload(capacity * times);
await settle();
agent.destroy();
process.exitCode = spawnSync(process.execPath, ['dist/apps/cli/main.js', 'verify'], { stdio: 'inherit' }).status ?? 1;

async function measureCapacity() {
  const until = performance.now() + (WARM_UP_S + MINUTE_S) * 1_000;
  while (performance.now() < until) {
    const missing = KEPT_OPEN - (await ordersSays('open'));
    await Promise.all([pause(COUNTED_EACH_MS), ...Array.from({ length: Math.max(0, missing) }, place)]);
  }
  return (await ordersSays('confirmed_last_minute')) / MINUTE_S;
}

async function overload(perSecond) {
  const answers = [];
  const open = new Set();
  const memory = { gateway: [], orders: [] };
  const watching = setInterval(() => {
    for (const [name, sizes] of Object.entries(memory)) sizes.push(residentMb(run.services[name].pid));
  }, 1_000);
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < seconds * 1_000) {
    const due = ((performance.now() - began) / 1_000) * perSecond;
    for (; sent < due; sent += 1) {
      const asking = place().then((answer) => answers.push(answer));
      open.add(asking);
      void asking.finally(() => open.delete(asking));
    }
    await pause(5);
  }
  const took = (performance.now() - began) / 1_000;
  const goodput = (await ordersSays('confirmed_last_minute')) / MINUTE_S;
  await Promise.all(open);
  clearInterval(watching);
  report({ answers, sent, took, goodput, memory });
}

/** Those that were accepted are brought to an end: confirmed, or undone. */
async function settle() {
  const began = performance.now();
  while ((await ordersSays('open')) > 0 && performance.now() - began < SETTLED_WITHIN_MS) await pause(COUNTED_EACH_MS);
  console.log(`${await ordersSays('open')} open ${((performance.now() - began) / 1_000).toFixed(0)} s later`);
}

function report({ answers, sent, took, goodput, memory }) {
  const accepted = answers.filter(({ status }) => status === 201);
  const refused = answers.filter(({ status }) => status === 503 || status === 429);
  const other = answers.length - accepted.length - refused.length;
  console.log(
    `sent ${(sent / took).toFixed(0)}/s: ${accepted.length} accepted, ${refused.length} refused, ${other} else`,
  );
  const rest = new Map();
  for (const { status } of answers) rest.set(status, (rest.get(status) ?? 0) + 1);
  console.log(`statuses: ${JSON.stringify(Object.fromEntries(rest))}`);
  console.log(`goodput: ${goodput.toFixed(1)} CONFIRMED/s = ${(goodput / capacity).toFixed(2)} of the capacity`);
  console.log(
    `accepted: p50 ${at(accepted, 0.5)} ms, p99 ${at(accepted, 0.99)} ms; refused: p50 ${at(refused, 0.5)} ms, p99 ${at(refused, 0.99)} ms`,
  );
  for (const [name, sizes] of Object.entries(memory))
    console.log(`${name}: ${sizes[0]} MB at the beginning, ${Math.max(...sizes)} MB at most`);
}

function at(answers, share) {
  const sorted = answers.map(({ ms }) => ms).sort((one, other) => one - other);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

/** Status 0: no answer, or none in time. */
function place() {
  const began = performance.now();
  return new Promise((resolve) => {
    const done = (status) => resolve({ status, ms: performance.now() - began });
    const sending = request(
      `${run.gateway.url}/v1/orders`,
      {
        method: 'POST',
        agent,
        timeout: GIVE_UP_MS,
        headers: {
          authorization: `Bearer ${run.tokens.customer}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'idempotency-key': randomUUID(),
        },
      },
      (answer) => answer.resume().on('end', () => done(answer.statusCode)),
    );
    sending.on('timeout', () => sending.destroy());
    sending.on('error', () => done(0));
    sending.end(body);
  });
}

/** Of all orders, whichever process is asked: it looks at the database each second. */
async function ordersSays(gauge) {
  const text = await (await fetch(run.services.orders.metrics)).text();
  return Number(new RegExp(`^waybill_orders_${gauge}(?:\\{[^}]*\\})? ([\\d.e+-]+)`, 'm').exec(text)?.[1] ?? 0);
}

function residentMb(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}
