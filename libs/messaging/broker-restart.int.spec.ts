import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { eventually } from '#libs/testing/eventually.js';
import type { TestDatabase } from '#libs/testing/test-database.js';
import { appendOutbox, type OutboxMessage } from './outbox.js';
import { OutboxRelay } from './relay/relay.js';
import { outboxDatabase, stockEvent } from './testing/fixtures.js';
import { PrivateBroker } from './testing/private-broker.js';
import { QueueProbe } from './testing/queue-probe.js';

const broker = new PrivateBroker();
const whenPossible = PrivateBroker.possible ? it : it.skip;
let database: TestDatabase<never>;
beforeAll(async () => {
  if (PrivateBroker.possible) await broker.start();
  database = await outboxDatabase();
}, 120_000);
afterAll(async () => {
  await broker.stop();
  await database.drop();
}, 60_000);

const SUBJECTS = 200;
const EACH = 100;
/** What the memory alarm is tried with; some of it may still be in the queue afterwards. */
const ALARMED = 'sku-alarm@north';
const backlog = async (): Promise<number> =>
  (await sql<{ count: number }>`select count(*) from outbox`.execute(database.db)).rows[0]?.count ?? 0;

(PrivateBroker.alarmPossible ? it : it.skip)(
  'given a broker with a memory alarm, then what is appended is kept, and leaves once the alarm is over',
  async () => {
    const relay = new OutboxRelay(database.db, {
      producer: 'inventory',
      amqpUrl: broker.url,
      databaseUrl: database.url,
      confirmTimeoutMs: 1_000,
    });
    await relay.start();
    const append = async (sequence: number): Promise<void> => {
      await appendOutbox(database.db, [{ lane: 'events', envelope: stockEvent(ALARMED, sequence) }]);
      relay.wake();
    };
    await append(1);
    await eventually(async () => (await backlog()) === 0, { withinMs: 20_000 });
    await broker.alarm(true);
    // The broker says so on the first message that it does not take; from then on nobody tries.
    await eventually(async () => {
      await append(2);
      return (await backlog()) > 5;
    });
    const kept = await backlog();
    for (let n = 0; n < 500; n += 1) await append(n + 3);
    expect(await backlog()).toBe(kept + 500);

    await broker.alarm(false);
    await eventually(async () => (await backlog()) === 0, { withinMs: 20_000 });
    await relay.stop();
    const probe = await QueueProbe.open(broker.url);
    const received = await probe.collect('catalog-availability', 1_000);
    await eventually(() => new Set(received.map(({ envelope }) => envelope.sequence)).size === 502);
    await probe.close();
  },
  90_000,
);

whenPossible(
  'given a broker that is killed with a backlog on its way, when it is back, then every event is in its queue, in order per subject',
  async () => {
    const messages: OutboxMessage[] = Array.from({ length: SUBJECTS * EACH }, (_, n) => ({
      lane: 'events',
      envelope: stockEvent(`sku-${n % SUBJECTS}@north`, Math.floor(n / SUBJECTS) + 1),
    }));
    for (let at = 0; at < messages.length; at += 2_000) await appendOutbox(database.db, messages.slice(at, at + 2_000));
    const relay = new OutboxRelay(database.db, {
      producer: 'inventory',
      amqpUrl: broker.url,
      databaseUrl: database.url,
    });
    await relay.start();
    await eventually(async () => (await backlog()) < messages.length - 1_000, { everyMs: 1 });
    await broker.kill();
    expect(await backlog()).toBeGreaterThan(0);
    await expect(eventually(() => relay.checkBroker(), { withinMs: 0 })).rejects.toThrow(
      'The broker cannot be reached',
    );

    await broker.start();
    await eventually(async () => (await backlog()) === 0, { withinMs: 60_000 });
    await relay.stop();

    const probe = await QueueProbe.open(broker.url);
    const received = await probe.collect('catalog-availability', 1_000);
    const ofThese = () => received.filter(({ envelope }) => envelope.subject !== ALARMED);
    await eventually(
      async () => ofThese().length >= messages.length && (await probe.depth('catalog-availability')) === 0,
      { withinMs: 60_000 },
    );
    await probe.close();
    const last = new Map<string, number>();
    for (const { envelope } of ofThese()) {
      const before = last.get(envelope.subject) ?? 0;
      expect(envelope.sequence).toBeLessThanOrEqual(before + 1); // no gap
      last.set(envelope.subject, Math.max(before, envelope.sequence));
    }
    expect([...last.values()]).toEqual(Array.from({ length: SUBJECTS }, () => EACH));
  },
  180_000,
);
