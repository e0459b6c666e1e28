/**
 * Rotates every identity of the running system every few seconds while clients place and read orders. Counts what clients saw fail,
 * and what services saw of each other: calls that ended as UNAVAILABLE or as refused.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    every: { type: 'string', default: '5' },
    clients: { type: 'string', default: '4' },
  },
});
const [seconds, every, clients] = [values.seconds, values.every, values.clients].map(Number);
const folder = resolve(process.env.WAYBILL_FOLDER ?? '.waybill');
const run = JSON.parse(readFileSync(process.env.WAYBILL_RUN_FILE ?? join(folder, 'run.json'), 'utf8'));
if (!run.tls) throw new Error('This system runs without mTLS: nothing to rotate');

const load = (path) => import(new URL(`../../dist/${path}`, import.meta.url));
const { IDENTITIES } = await load('libs/contracts/callers.js');
const { openAuthority } = await load('libs/security/authority.js');
const { rotateIdentities } = await load('libs/security/identity-folder.js');

const headers = { authorization: `Bearer ${run.tokens.customer}`, 'content-type': 'application/json' };
const ORDER = {
  items: [{ sku: 'MUG-ENAMEL', quantity: 1 }],
  paymentMethod: 'pm_ok',
  shippingAddress: { name: 'Ada Lovelace', line1: 'Marktplatz 1', city: 'Leipzig', postalCode: '04109', country: 'DE' },
};
const seen = { calls: 0, failed: [] };
const until = Date.now() + seconds * 1_000;
const before = await brokenCalls();
const [rotations] = await Promise.all([rotate(), ...Array.from({ length: clients }, call)]);
const between = (await brokenCalls()) - before;
console.log(
  `${rotations} rotations of ${IDENTITIES.length} identities in ${seconds} s: ${seen.calls} requests of clients, ${seen.failed.length} failed; ` +
    `calls between services that broke or were refused: ${between}`,
);
for (const failure of new Set(seen.failed)) console.log(`  ${failure}`);
process.exitCode = seen.failed.length + between === 0 ? 0 : 1;

async function rotate() {
  const authority = await openAuthority(join(folder, 'ca'));
  let rotated = 0;
  for (; Date.now() < until; rotated += 1) {
    await rotateIdentities(authority, { root: join(folder, 'identities'), identities: IDENTITIES });
    await pause(every * 1_000);
  }
  return rotated;
}

/** One client: an order for every twenty reads. */
async function call() {
  for (let turn = 0; Date.now() < until; turn += 1) {
    if (turn % 20 === 0) await ask('POST', '/v1/orders', { 'idempotency-key': randomUUID() }, JSON.stringify(ORDER));
    else await ask('GET', turn % 2 ? '/v1/orders?limit=5' : '/v1/products/MUG-ENAMEL');
    await pause(20);
  }
}

async function ask(method, path, more = {}, body = undefined) {
  seen.calls += 1;
  const answer = await fetch(`${run.gateway.url}${path}`, { method, headers: { ...headers, ...more }, body });
  const text = await answer.text();
  if (!answer.ok) seen.failed.push(`${method} ${path}: ${answer.status} ${text.slice(0, 120)}`);
}

/** Over all processes, as they count what became of their own calls. */
async function brokenCalls() {
  const texts = await Promise.all(
    Object.values(run.services).map(async ({ metrics }) => (await fetch(metrics)).text()),
  );
  const broken =
    /^waybill_grpc_(?:client_seconds_count\{.*code="(?:UNAVAILABLE|FORBIDDEN|PERMISSION_DENIED)"|refused_calls_total\{).*\} (\d+)$/gm;
  return texts.flatMap((text) => [...text.matchAll(broken)]).reduce((sum, [, count]) => sum + Number(count), 0);
}
