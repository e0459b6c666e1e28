import { performance } from 'node:perf_hooks';
import { availableParallelism, loadavg } from 'node:os';
import { afterAll, beforeAll, it } from '@jest/globals';
import { sql } from 'kysely';
import { newId, type EventId, type OrderId } from '#libs/kernel/ids.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { appendOutbox } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { outboxDatabase } from '#libs/messaging/testing/fixtures.js';
import { eventually } from '#libs/testing/eventually.js';
import { recordedEnvelopes } from '#libs/testing/recorded-events.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import type { TestDatabase } from '#libs/testing/test-database.js';

/** How fast a backlog of orders' events leaves the outbox, with confirms: `npm run bench:outbox`, `WAYBILL_BENCH_EVENTS=…` for more or fewer. */
const EVENTS = Number(process.env['WAYBILL_BENCH_EVENTS'] ?? 100_000);
const ROUNDS = 3;
const AT_ONCE = 2_000;
const MINUTE = 60_000;

let database: TestDatabase<never>;
let broker: TestBroker;
beforeAll(async () => {
  [database, broker] = await Promise.all([outboxDatabase(), testBroker()]);
});
afterAll(async () => {
  await Promise.all([database.drop(), broker.drop()]);
});

it.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
  'drains a backlog, round %i',
  async (round) => {
    for (const batch of batchesOf(EVENTS)) await appendOutbox(database.db, batch);
    const before = await streamed();
    const relay = new OutboxRelay(database.db, { producer: 'orders', amqpUrl: broker.url, databaseUrl: database.url });
    const usage = process.cpuUsage();
    const startedAt = performance.now();
    await relay.start();
    await eventually(async () => (await backlog()) === 0, { withinMs: 5 * MINUTE, everyMs: 50 });
    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system } = process.cpuUsage(usage);
    await relay.stop();
    say(
      `round ${round}: ${EVENTS} events in ${seconds.toFixed(2)} s, ${Math.round(EVENTS / seconds)}/s, ` +
        `${((user + system) / EVENTS).toFixed(0)} µs of CPU each here`,
    );
    await eventually(async () => (await streamed()) - before >= EVENTS, { withinMs: MINUTE, everyMs: 500 });
  },
  10 * MINUTE,
);

/** Whole logs of orders, as they were recorded once, under ids of their own. */
function* batchesOf(events: number) {
  const ofOrders = recordedEnvelopes().filter(isOfOrders);
  const orders = [...new Set(ofOrders.map(({ subject }) => subject))];
  const logs = orders.map((order) => ofOrders.filter(({ subject }) => subject === order));
  let batch: { lane: 'events'; envelope: Envelope }[] = [];
  for (let made = 0; made < events;) {
    const orderId = newId<OrderId>();
    for (const envelope of logs[made % logs.length] ?? []) {
      const copy = JSON.parse(JSON.stringify(envelope).replaceAll(envelope.subject, orderId)) as Envelope;
      if (made++ < events) batch.push({ lane: 'events', envelope: { ...copy, id: newId<EventId>() } });
    }
    if (batch.length < AT_ONCE && made < events) continue;
    yield batch;
    batch = [];
  }
}

function isOfOrders(envelope: object): boolean {
  return 'producer' in envelope && envelope.producer === 'orders';
}

async function backlog(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) from (select from outbox limit 1) any_left`.execute(
    database.db,
  );
  return Number(rows[0]?.count);
}

/** Messages in all partitions, as the broker counts them. */
async function streamed(): Promise<number> {
  const queues = (await broker.manage('GET', '/queues/%VHOST%')) as { name: string; messages?: number }[];
  const streams = queues.filter(({ name }) => name.startsWith('waybill.stream.'));
  return streams.reduce((sum, { messages = 0 }) => sum + messages, 0);
}

function say(line: string): void {
  process.stdout.write(`  ${line} (${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)})\n`);
}
