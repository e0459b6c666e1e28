import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ChannelModel } from 'amqplib';
import { QUEUE_NAMES, queueDeclarations } from '#libs/contracts/topology.js';
import { eventually } from '#libs/testing/eventually.js';
import { reportReadiness } from '#libs/telemetry/readiness.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { BrokerConnection } from './connection.js';
import { declareTopology } from './declare-topology.js';
import { Publisher } from './publisher.js';
import { QueueProbe } from './testing/queue-probe.js';

interface QueueInfo {
  readonly name: string;
  readonly type: string;
  readonly arguments: Record<string, unknown>;
}

let broker: TestBroker;
let model: ChannelModel;
beforeAll(async () => {
  broker = await testBroker();
  model = await connect(broker.url, { noDelay: true });
});
afterAll(async () => {
  await model.close();
  await broker.drop();
});

const queues = async (): Promise<QueueInfo[]> => (await broker.manage('GET', '/queues/%VHOST%')) as QueueInfo[];

describe('the topology on a real broker', () => {
  it('given an empty broker, when it is declared twice, then every queue is there with its arguments', async () => {
    await declareTopology(model);
    await declareTopology(model);

    const { version } = model.connection.serverProperties;
    const declared = await queues();
    for (const { name, arguments: expected } of queueDeclarations(version)) {
      expect(declared.find((queue) => queue.name === name)?.arguments).toEqual(expected);
    }
  });

  it('given a queue with priorities that an older broker made, when a newer version is declared, then it stays as it is', async () => {
    await declareTopology(model, '3.10.8');
    await declareTopology(model, '4.3.0');

    const mails = (await queues()).find(({ name }) => name === 'email-notifications');
    expect(mails?.arguments).toMatchObject({ 'x-queue-type': 'classic', 'x-max-priority': 9 });
  });

  it('given a queue that exists with other arguments, then it is named, with what to do; all else is declared; mended, it is whole', async () => {
    const other = await testBroker();
    const stranger = await connect(other.url);
    const channel = await stranger.createChannel();
    const { version } = stranger.connection.serverProperties;
    const wanted = queueDeclarations(version).find(({ name }) => name === 'order-facts')?.arguments;
    await channel.assertQueue('order-facts', { arguments: { ...wanted, 'x-max-length': 5 } });
    const connection = await BrokerConnection.open({ url: other.url, name: 'test' });
    await eventually(() => connection.usable);

    expect(await declareTopology(stranger)).toEqual([
      { kind: 'queue', name: 'order-facts', argument: 'x-max-length', found: '5', wanted: '100000' },
    ]);
    const topology = async (): Promise<string> => (await reportReadiness()).checks['topology'] ?? 'not checked';
    expect(await topology()).toMatch(
      /^queue order-facts has x-max-length 5 and should have 100000.*delete_queue order-facts/,
    );
    const made = (await other.manage('GET', '/queues/%VHOST%')) as QueueInfo[];
    expect(made.map(({ name }) => name)).toEqual(expect.arrayContaining([...QUEUE_NAMES]));

    await channel.deleteQueue('order-facts');
    await connection.redeclare();
    expect(await topology()).toBe('ok');
    expect(await declareTopology(stranger)).toEqual([]);
    await connection.close();
    await stranger.close();
    await other.drop();
  });

  it('given a full queue of events, when one more comes, then its oldest message is among its dead letters, and why', async () => {
    await broker.manage('PUT', '/policies/%VHOST%/small', {
      pattern: '^catalog-availability$',
      definition: { 'max-length': 2 },
    });
    const probe = await QueueProbe.open(broker.url);
    for (const body of ['{"n":1}', '{"n":2}', '{"n":3}']) await probe.put('catalog-availability', body);

    const dead = await eventually(
      async () => (await probe.take('catalog-availability-dlq')) ?? Promise.reject(new Error('no dead letter yet')),
    );
    expect(dead.content.toString()).toBe('{"n":1}');
    expect(dead.properties.headers?.['x-first-death-reason']).toBe('maxlen');
    await broker.manage('DELETE', '/policies/%VHOST%/small');
    await probe.close();
  });

  it('given mails of different priority, when they are taken, then the urgent one comes first', async () => {
    const connection = await BrokerConnection.open({ url: broker.url, name: 'test' });
    const publisher = new Publisher(connection);
    await eventually(() => connection.usable);
    const mail = { exchange: '', routingKey: 'email-notifications', mandatory: true, headers: {} };
    await publisher.publish({ ...mail, messageId: 'news', body: '{}', priority: 1 });
    await publisher.publish({ ...mail, messageId: 'urgent', body: '{}', priority: 9 });

    const probe = await QueueProbe.open(broker.url);
    expect((await probe.take('email-notifications'))?.properties.messageId).toBe('urgent');
    expect((await probe.take('email-notifications'))?.properties.messageId).toBe('news');
    await probe.close();
    await connection.close();
  });

  it('given a queue that somebody deleted, when a message for it is returned, then it is declared again', async () => {
    const connection = await BrokerConnection.open({ url: broker.url, name: 'test' });
    const publisher = new Publisher(connection);
    await eventually(() => connection.usable);
    const channel = await model.createChannel();
    await channel.deleteQueue('order-facts');
    const fact = {
      exchange: '',
      routingKey: 'order-facts',
      mandatory: true,
      headers: {},
      messageId: 'fact',
      body: '{}',
    };

    await expect(publisher.publish(fact)).rejects.toMatchObject({ outcome: 'unroutable' });
    await expect(publisher.publish(fact)).resolves.toBeUndefined();
    expect((await queues()).map(({ name }) => name)).toEqual(expect.arrayContaining([...QUEUE_NAMES]));
    await connection.close();
  });
});
