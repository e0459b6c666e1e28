/**
 * A bulk request of very many lines, few of them about real orders, and one whose answers are read at one line a second: the
 * memory of gateway and orders by the operating system, and how many bytes were taken from the sender.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { setImmediate } from 'node:timers';
import { setTimeout as pause } from 'node:timers/promises';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    orders: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '60' },
  },
});
const [lines, orders, seconds] = [values.lines, values.orders, values.seconds].map(Number);
const MB = 1024 * 1024;
const run = JSON.parse(readFileSync(process.env.WAYBILL_RUN_FILE ?? '.waybill/run.json', 'utf8'));
const watched = { gateway: run.services.gateway.pid, orders: run.services.orders.pid };

// An operator's: every order will do, whosever it is.
const headers = { authorization: `Bearer ${run.tokens.operator}`, 'content-type': 'application/json' };
const rssOf = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const peaks = Object.fromEntries(Object.keys(watched).map((name) => [name, 0]));
const watch = () => {
  for (const [name, pid] of Object.entries(watched)) peaks[name] = Math.max(peaks[name], rssOf(pid));
};
const memory = () =>
  Object.entries(peaks)
    .map(([name, mb]) => `${name} ${mb.toFixed(0)} MB`)
    .join(', ');
const forgetPeaks = () => Object.keys(peaks).forEach((name) => (peaks[name] = 0));

watch();
console.log(`before: ${memory()}`);
setInterval(watch, 100).unref();
const ids = await knownOrders(orders);
console.log(`${ids.length} orders of ${orders} are there; ${memory()}`);
forgetPeaks();
await manyLines();
console.log(`${lines} lines: peak ${memory()}`);
forgetPeaks();
await slowReader();
console.log(`slow reader: peak ${memory()}`);

/** Those that are there: `npx waybill seed --orders 2000` makes many in a moment. */
async function knownOrders(count) {
  const found = [];
  for (let cursor = ''; found.length < count && cursor !== null;) {
    const query = cursor ? `limit=100&cursor=${encodeURIComponent(cursor)}` : 'limit=100';
    const answer = await fetch(`${run.gateway.url}/v1/orders?${query}`, { headers });
    const page = await answer.json();
    if (!answer.ok) throw new Error(`the gateway answered ${answer.status}: ${JSON.stringify(page)}`);
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return found.slice(0, count);
}

async function open() {
  const sending = request(`${run.gateway.url}/v1/orders/bulk`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-ndjson', 'idempotency-key': randomUUID() },
  });
  sending.flushHeaders();
  const [answer] = await once(sending, 'response');
  if (answer.statusCode !== 200) throw new Error(`the gateway answered ${answer.statusCode}`);
  return { sending, answer };
}

function cancelOf(id) {
  return `${JSON.stringify({ id, op: 'cancel' })}\n`;
}

async function manyLines() {
  const startedAt = Date.now();
  const { sending, answer } = await open();
  const send = async () => {
    const every = Math.floor(lines / Math.max(1, ids.length));
    for (let line = 0; line < lines; line += 1) {
      const real = line % every === 0 ? ids[line / every] : undefined;
      if (!sending.write(cancelOf(real ?? randomUUID()))) await once(sending, 'drain');
    }
    sending.end();
  };
  const counts = new Map();
  const read = async () => {
    for await (const text of createInterface({ input: answer })) {
      const { status, code = '' } = JSON.parse(text);
      const what = `${status} ${code}`.trim();
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
  };
  await Promise.all([send(), read()]);
  const took = (Date.now() - startedAt) / 1_000;
  const told = [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
  console.log(`${lines} lines in ${took.toFixed(1)} s (${Math.round(lines / took)}/s): ${told}`);
}

/** One line a second is read; the sender sends whatever is taken. */
async function slowReader() {
  const { sending, answer } = await open();
  sending.on('error', () => undefined); // it is broken off in the end
  answer.on('error', () => undefined);
  const block = Array.from({ length: 500 }, () => cancelOf(randomUUID())).join('');
  let sent = 0;
  const more = () => {
    if (sending.destroyed) return;
    sent += block.length;
    if (sending.write(block)) setImmediate(more);
    else sending.once('drain', more);
  };
  more();
  const taken = [];
  let text = '';
  let read = 0;
  for (let second = 1; second <= seconds; second += 1) {
    await pause(1_000);
    if (!text.includes('\n')) text += answer.read(200)?.toString() ?? '';
    if (text.includes('\n')) read += 1;
    text = text.slice(text.indexOf('\n') + 1);
    taken.push(sent - sending.writableLength);
    if (second % 5 === 0)
      console.log(`after ${second} s: ${(taken.at(-1) / MB).toFixed(2)} MB taken, ${read} lines read`);
  }
  const last = taken.at(-1);
  const grewUntil = taken.findIndex((bytes) => bytes === last) + 1;
  console.log(`${(last / MB).toFixed(2)} MB in all; nothing more was taken after ${grewUntil} s`);
  sending.destroy();
}
