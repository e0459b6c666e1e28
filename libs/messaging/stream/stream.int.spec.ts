import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { partitionOf, PARTITIONS, streamOf } from '#libs/contracts/topology.js';
import { newId } from '#libs/kernel/ids.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import type { TestDatabase } from '#libs/testing/test-database.js';
import { BrokerConnection } from '../connection.js';
import { appendOutbox } from '../outbox.js';
import { OutboxRelay } from '../relay/relay.js';
import { orderEvent, outboxDatabase, stockEvent } from '../testing/fixtures.js';
import { QueueProbe } from '../testing/queue-probe.js';
import { endOf, firstPosition, lastPosition, positionNearEnd } from './stream-ends.js';
import { StreamReader } from './stream-reader.js';

let database: TestDatabase<never>;
let broker: TestBroker;
let probe: QueueProbe;
let connection: BrokerConnection;

beforeEach(async () => {
  [database, broker] = await Promise.all([outboxDatabase(), testBroker()]);
  probe = await QueueProbe.open(broker.url);
  connection = await BrokerConnection.open({ url: broker.url, name: 'test' });
});
afterEach(async () => {
  await Promise.all([probe.close(), connection.close()]);
  await Promise.all([database.drop(), broker.drop()]);
});

const open = (partition: number, from: number, ahead = 100): Promise<StreamReader> =>
  StreamReader.open(connection, { partition, from, ahead, onChange: () => undefined });

const fill = async (partition: number, count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await probe.put(streamOf(partition), String(n));
};

describe('the streams', () => {
  it('carry every event of orders, in one publish with its subscribers, and nobody else sees how', async () => {
    const orders = Array.from({ length: 5 }, () => newId<string>());
    const events = [1, 2, 3].flatMap((sequence) => orders.map((orderId) => orderEvent(orderId, sequence)));
    const stock = await probe.collect('catalog-availability');
    const relay = new OutboxRelay(database.db, { producer: 'orders', amqpUrl: broker.url, databaseUrl: database.url });
    await relay.start();
    try {
      await appendOutbox(
        database.db,
        [...events, stockEvent('TEA@LEIPZIG', 1)].map((envelope) => ({ lane: 'events', envelope })),
      );
      relay.wake();
      await eventually(() => stock.length === 1);
      for (const partition of PARTITIONS) {
        const own = events.filter(({ subject }) => partitionOf(subject) === partition).length;
        const ofStock = partitionOf('TEA@LEIPZIG') === partition ? 1 : 0;
        const reader = await open(partition, 0);
        await eventually(() => expect(reader.size).toBe(own + ofStock));
        await reader.close();
      }
      expect(stock[0]?.headers).not.toHaveProperty('BCC');
    } finally {
      await relay.stop();
    }
  });

  it('are read from a position on, as far as what was read is done with', async () => {
    await fill(3, 10);
    const reader = await open(3, 4, 2);
    await eventually(() => expect(reader.size).toBe(2));
    const taken = reader.take(5);
    expect(taken.map(({ position, body }) => [position, body])).toEqual([
      [4, '4'],
      [5, '5'],
    ]);
    expect(reader.size).toBe(0);
    reader.done(5);
    await eventually(() => expect(reader.size).toBe(2));
    expect(reader.head?.position).toBe(6);
    await reader.close();
  });

  it('tell where they begin and end', async () => {
    expect(await positionNearEnd(connection, 1)).toBeUndefined();
    expect(await endOf(connection, 1)).toBe(-1);
    await fill(1, 5);
    expect(await firstPosition(connection, 1)).toBe(0);
    expect(await lastPosition(connection, 1)).toBe(4);
    expect(await endOf(connection, 1)).toBe(4);
    expect(await positionNearEnd(connection, 1)).toBeLessThanOrEqual(4);
  });

  it('end for their reader when they are deleted', async () => {
    await fill(2, 1);
    const reader = await open(2, 0);
    await broker.manage('DELETE', `/queues/%VHOST%/${streamOf(2)}`);
    await eventually(() => expect(reader.ended).toBe(true));
    await reader.close();
  });
});
