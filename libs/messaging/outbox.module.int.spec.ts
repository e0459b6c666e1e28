import 'reflect-metadata';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { sql } from 'kysely';
import { DATABASE } from '#libs/persistence/database.js';
import { reportReadiness } from '#libs/telemetry/readiness.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import type { TestDatabase } from '#libs/testing/test-database.js';
import { appendOutbox } from './outbox.js';
import { OutboxModule } from './outbox.module.js';
import { OutboxRelay } from './relay/relay.js';
import { BrokerProxy } from './testing/broker-proxy.js';
import { orderEvent, outboxDatabase } from './testing/fixtures.js';

let database: TestDatabase<never>;
let broker: TestBroker;
let proxy: BrokerProxy;
beforeAll(async () => {
  [database, broker] = await Promise.all([outboxDatabase(), testBroker()]);
  proxy = await BrokerProxy.open(broker.url);
});
afterAll(async () => {
  await proxy.close();
  await Promise.all([database.drop(), broker.drop()]);
});

function startService(): Promise<INestApplicationContext> {
  @Module({ providers: [{ provide: DATABASE, useValue: database.db }], exports: [DATABASE] })
  class TestDatabaseModule {}
  const outbox = OutboxModule.forService({ producer: 'orders', amqpUrl: proxy.url, databaseUrl: database.url });
  return NestFactory.createApplicationContext(
    { module: class Root {}, imports: [{ module: TestDatabaseModule, global: true }, outbox] },
    { logger: false },
  );
}

const backlog = async (): Promise<number> =>
  (await sql<{ count: number }>`select count(*) from outbox`.execute(database.db)).rows[0]?.count ?? 0;

it('given a service whose broker is away, when it starts, then it is ready and says so, and sends what was appended once the broker is there', async () => {
  proxy.isolate();
  const service = await startService();
  await appendOutbox(database.db, [{ lane: 'order-facts', envelope: orderEvent() }]);
  service.get(OutboxRelay).wake();

  expect(await reportReadiness()).toMatchObject({
    ready: true,
    checks: { broker: expect.stringContaining('cannot be reached') },
  });
  expect(await backlog()).toBe(1);

  proxy.heal();
  await eventually(async () => (await backlog()) === 0);
  expect(await reportReadiness()).toMatchObject({ ready: true, checks: { broker: 'ok' } });
  await service.close();
});
