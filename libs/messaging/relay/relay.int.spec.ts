import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { newId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import type { TestDatabase } from '#libs/testing/test-database.js';
import { appendOutbox, type OutboxMessage } from '../outbox.js';
import { published } from '../message-metrics.js';
import { BrokerProxy } from '../testing/broker-proxy.js';
import { orderEvent, outboxDatabase, stockEvent } from '../testing/fixtures.js';
import { QueueProbe, type Received } from '../testing/queue-probe.js';
import { OutboxRelay } from './relay.js';

let database: TestDatabase<never>;
let broker: TestBroker;
let probe: QueueProbe;
const relays: OutboxRelay[] = [];

beforeEach(async () => {
  [database, broker] = await Promise.all([outboxDatabase(), testBroker()]);
  probe = await QueueProbe.open(broker.url);
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await probe.close();
  await Promise.all([database.drop(), broker.drop()]);
});

async function startRelay(
  amqpUrl = broker.url,
  options: { batch?: number; confirmTimeoutMs?: number; databaseUrl?: string } = {},
): Promise<OutboxRelay> {
  const relay = new OutboxRelay(database.db, { producer: 'orders', amqpUrl, databaseUrl: database.url, ...options });
  relays.push(relay);
  await relay.start();
  return relay;
}

const append = (messages: OutboxMessage[]): Promise<void> => appendOutbox(database.db, messages);

async function backlog(lane?: string): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*) from outbox where ${lane ?? null}::text is null or lane = ${lane ?? null}`.execute(database.db);
  return rows[0]?.count ?? 0;
}

const untilSent = (lane?: string): Promise<unknown> =>
  eventually(async () => (await backlog(lane)) === 0, { withinMs: 20_000 });
/**
 * The queue has room for so many, and is full. It notices both a moment later: until it has refused a message it may take
 * any number.
 */
async function fill(queue: string, messages: number): Promise<void> {
  const definition = { 'max-length': messages };
  await broker.manage('PUT', '/policies/%VHOST%/small', { pattern: `^${queue}$`, definition, 'apply-to': 'queues' });
  const refused = (): Promise<boolean> =>
    probe.put(queue, '{}').then(
      () => false,
      () => true,
    );
  await eventually(refused);
}

const unlimit = (): Promise<unknown> => broker.manage('DELETE', '/policies/%VHOST%/small');

/** Events of `subjects` stock places, in turn, each with a gapless sequence. */
function stockEvents(subjects: number, each: number): OutboxMessage[] {
  return Array.from({ length: subjects * each }, (_, n) => ({
    lane: 'events',
    envelope: stockEvent(`sku-${n % subjects}@north`, Math.floor(n / subjects) + 1),
  }));
}

function sequencesBySubject(received: readonly Received[]): Map<string, number[]> {
  const bySubject = new Map<string, number[]>();
  for (const { envelope } of received)
    bySubject.set(envelope.subject, [...(bySubject.get(envelope.subject) ?? []), envelope.sequence]);
  return bySubject;
}

describe('the relay', () => {
  it('given an event, when it is appended and the relay woken, then it arrives as it was and leaves the outbox', async () => {
    const received = await probe.collect('catalog-availability');
    const relay = await startRelay();
    const envelope = stockEvent('mug@north', 1);
    await append([{ lane: 'events', envelope }]);
    relay.wake();

    await untilSent();
    await eventually(() => received.length === 1);
    expect(received[0]?.envelope).toEqual(envelope);
    expect(received[0]?.message.properties).toMatchObject({
      messageId: envelope.id,
      deliveryMode: 2,
      contentType: 'application/json',
    });
  });

  it('given nobody who wakes it, when something is appended, then the slow poll finds it', async () => {
    await startRelay();
    await eventually(() => relays[0]?.active === true);
    await append([{ lane: 'order-facts', envelope: orderEvent() }]);

    await untilSent();
    expect(await probe.depth('order-facts')).toBe(1);
  });

  it('given 2 000 events of 50 subjects, then each subject has all of its events in order, once', async () => {
    const received = await probe.collect('catalog-availability');
    await append(stockEvents(50, 40));
    await startRelay();

    await untilSent();
    await expectComplete(received, 50, 40);
    expect(received).toHaveLength(2_000);
  });

  it('given an event that nobody subscribes to, then it is sent all the same and holds nothing back', async () => {
    await append([{ lane: 'events', envelope: orderEvent() }]);
    await startRelay();

    await untilSent();
  });
});

describe('a queue that is full', () => {
  it('given a full queue, then its lane waits, the other lanes go on, and nothing is lost once there is room', async () => {
    await fill('order-processing', 3);
    const orders = Array.from({ length: 60 }, () => orderEvent());
    await append(orders.map((envelope) => ({ lane: 'order-processing', envelope })));
    await append([...stockEvents(10, 10), { lane: 'order-facts', envelope: orderEvent() }]);
    await startRelay();

    await untilSent('events');
    await untilSent('order-facts');
    expect(await backlog('order-processing')).toBeGreaterThan(0);

    await unlimit();
    const received = await probe.collect('order-processing');
    await untilSent('order-processing');
    const ids = (): Set<unknown> => new Set(received.map(({ envelope }) => envelope.id).filter(Boolean));
    await eventually(() => ids().size >= 60);
    expect(ids()).toEqual(new Set(orders.map(({ id }) => id)));
  });

  it('given a queue that refuses now and then, then no message of a subject overtakes another of it', async () => {
    await fill('order-facts', 4);
    while (await probe.take('order-facts'));
    const subjects = Array.from({ length: 8 }, () => newId<string>());
    await append(
      subjects.flatMap((id) =>
        Array.from({ length: 12 }, (_, n) => ({ lane: 'order-facts' as const, envelope: orderEvent(id, n + 1) })),
      ),
    );
    const received = await probe.collect('order-facts', 1);
    await startRelay();

    await untilSent();
    await eventually(() => received.length >= 96);
    for (const sequences of sequencesBySubject(received).values())
      expect(sequences).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('given a queue that is full for good, then a message is kept until the broker has confirmed it', async () => {
    await fill('order-facts', 1);
    await append([{ lane: 'order-facts', envelope: orderEvent() }]);
    await startRelay();
    await append(stockEvents(1, 1));
    await untilSent('events'); // it has had its chance

    expect(await backlog('order-facts')).toBe(1);
  });
});

describe('a broker that goes away', () => {
  it('given no broker at all, when the relay starts, then it starts, says so, and keeps what is appended', async () => {
    const relay = await startRelay('amqp://guest:guest@127.0.0.1:1');
    await append([{ lane: 'events', envelope: orderEvent() }]);
    relay.wake();

    await expect(relay.checkBroker()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await backlog()).toBe(1);
  });

  it('given a connection that breaks again and again with messages on their way, then all arrive, in order per subject', async () => {
    const proxy = await BrokerProxy.open(broker.url);
    const received = await probe.collect('catalog-availability');
    await append(stockEvents(100, 60));
    await startRelay(proxy.url, { batch: 200 });
    for (const cutAt of [500, 1_500, 2_500, 3_500, 4_500, 5_500]) {
      await eventually(() => received.length >= cutAt, { everyMs: 1 });
      proxy.cut();
    }

    await untilSent();
    await expectComplete(received, 100, 60);
    await proxy.close();
  });

  it('given a broker that takes messages but answers no more, then the confirm fails in time and the message is sent again', async () => {
    const proxy = await BrokerProxy.open(broker.url);
    const received = await probe.collect('catalog-availability');
    const relay = await startRelay(proxy.url, { confirmTimeoutMs: 300 });
    await eventually(() => relay.checkBroker());
    proxy.freeze();
    await append(stockEvents(1, 3));
    relay.wake();
    const failed = async (): Promise<number> =>
      (await published.get()).values.find(({ labels }) => labels.outcome === 'unconfirmed')?.value ?? 0;
    await eventually(async () => (await failed()) > 0);
    expect(await backlog()).toBe(3);

    proxy.cut();
    await untilSent();
    await expectComplete(received, 1, 3);
    await proxy.close();
  });
});

describe('two relays of one service', () => {
  it('given two, then one is active; when it stops, then the other takes over', async () => {
    const first = await startRelay();
    await eventually(() => first.active);
    const second = await startRelay();
    await append([{ lane: 'order-facts', envelope: orderEvent() }]);
    await untilSent();
    expect([first.active, second.active]).toEqual([true, false]);

    await first.stop();
    await eventually(() => second.active, { withinMs: 3_000 });
    await append([{ lane: 'order-facts', envelope: orderEvent() }]);
    await untilSent();
    expect(await probe.depth('order-facts')).toBe(2);
  });

  it('given a leader that does not know yet that it was replaced, then duplicates may arrive, but each subject is complete and in order', async () => {
    const received = await probe.collect('catalog-availability');
    const lease = await BrokerProxy.open(database.url);
    const first = await startRelay(broker.url, { batch: 20, databaseUrl: lease.url });
    await eventually(() => first.active);
    const second = await startRelay(broker.url, { batch: 20 });
    // The leader cannot ask; the lease is given to the other meanwhile.
    lease.isolate();
    await sql`update outbox_lease set until = now() - interval '1 hour'`.execute(database.db);
    await eventually(() => first.active && second.active, { withinMs: 4_000, everyMs: 5 });
    await append(stockEvents(40, 50));
    first.wake();
    second.wake();

    await untilSent();
    await expectComplete(received, 40, 50);
    expect(received.length).toBeGreaterThanOrEqual(2_000);
    await lease.close();
  });

  it('given a leader that was replaced, when it next renews, then it is active no more, and the epoch has grown', async () => {
    const first = await startRelay();
    await eventually(() => first.active);
    const { rows } = await sql<{ epoch: number }>`
      update outbox_lease set holder = 'another', epoch = epoch + 1, until = now() + interval '3 s' returning epoch`.execute(
      database.db,
    );

    await eventually(() => !first.active, { withinMs: 3_000 });
    await eventually(() => first.active);
    const { rows: now } = await sql<{ epoch: number }>`select epoch from outbox_lease`.execute(database.db);
    expect(now[0]?.epoch).toBe((rows[0]?.epoch ?? 0) + 1);
  });

  it('given a connection of the lease that breaks, then the relay stays active', async () => {
    const relay = await startRelay();
    await eventually(() => relay.active);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'waybill-lease-%' and datname = current_database()`.execute(
      database.db,
    );
    await append([{ lane: 'order-facts', envelope: orderEvent() }]);

    await untilSent();
    expect(relay.active).toBe(true);
    await eventually(async () => {
      const { rows } = await sql<{
        fresh: boolean;
      }>`select until > now() + interval '4 s' as fresh from outbox_lease`.execute(database.db);
      return rows[0]?.fresh === true;
    });
  });
});

/** Each of `subjects` has its events 1 to `each`, as a consumer sees them that skips what it has seen. */
async function expectComplete(received: readonly Received[], subjects: number, each: number): Promise<void> {
  const bySubject = () => [...sequencesBySubject(received).values()];
  await eventually(() => bySubject().length === subjects && bySubject().every((sequences) => sequences.includes(each)));
  const gapless = Array.from({ length: each }, (_, place) => place + 1);
  for (const sequences of bySubject()) expect(withoutRepetitions(sequences)).toEqual(gapless);
}

/** What a consumer that skips what it has seen keeps. */
function withoutRepetitions(sequences: readonly number[]): number[] {
  return sequences.reduce<number[]>((kept, next) => (next <= (kept.at(-1) ?? 0) ? kept : [...kept, next]), []);
}
