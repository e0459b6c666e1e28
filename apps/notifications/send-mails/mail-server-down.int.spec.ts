import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { newId } from '#libs/kernel/ids.js';
import { createService } from '#libs/kernel/run-service.js';
import { AmqpServer } from '#libs/messaging/amqp-server.js';
import { newEnvelope, serialiseEnvelope } from '#libs/messaging/envelope.js';
import { consumerPaused } from '#libs/messaging/message-metrics.js';
import { QueueProbe } from '#libs/messaging/testing/queue-probe.js';
import { CustomersStandIn } from '#libs/testing/customers-stand-in.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations } from '../migrations/index.js';
import { notificationsConfig } from '../notifications.config.js';
import { NotificationsModule } from '../notifications.module.js';
import type { NotificationsSchema } from '../schema.js';
import { SmtpServer } from '../testing/smtp-server.js';

const QUEUE = 'email-notifications';
const CUSTOMER = 'customer-1';
const MAILS = 30;

let database: TestDatabase<NotificationsSchema>;
let broker: TestBroker;
let probe: QueueProbe;
let customers: CustomersStandIn;
let smtp: SmtpServer;
let app: NestFastifyApplication;

beforeAll(async () => {
  [database, broker, smtp] = await Promise.all([
    testDatabase<NotificationsSchema>(migrations),
    testBroker(),
    SmtpServer.open(),
  ]);
  probe = await QueueProbe.open(broker.url);
  customers = new CustomersStandIn();
  customers.add(CUSTOMER);
  const config = notificationsConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_AMQP_URL: broker.url,
    WAYBILL_CUSTOMERS_ADDRESS: await customers.start(),
    WAYBILL_SMTP_URL: smtp.urlFor(undefined),
  });
  app = await createService({
    name: 'notifications',
    config,
    module: NotificationsModule.forConfig(config),
    amqp: () => new AmqpServer({ url: broker.url, name: 'notifications' }),
  });
});
afterAll(async () => {
  await app.close();
  await probe.close();
  customers.stop();
  await smtp.close();
  await Promise.all([database.drop(), broker.drop()]);
});

const ask = (): Promise<void> => {
  const data = { mail: 'order-rejected', orderId: newId(), customerId: CUSTOMER, reason: 'NOT_SERVED' } as const;
  const subject = newId();
  const about = { type: 'MailRequested', producer: 'notifications', subject, sequence: 1, data } as const;
  return probe.put(QUEUE, serialiseEnvelope(newEnvelope(about)));
};
const outcomes = async (): Promise<(string | null)[]> =>
  (await database.db.selectFrom('mails').select('outcome').execute()).map(({ outcome }) => outcome);
const paused = async (): Promise<number> =>
  (await consumerPaused.get()).values.find(({ labels }) => labels.queue === QUEUE)?.value ?? 0;

describe('while the mail server is away', () => {
  it('mails wait in their queue, which says that it is paused; then each goes out once, and none was an attempt', async () => {
    smtp.connectionRefusal = '421 closed for now';
    for (let mail = 0; mail < MAILS; mail += 1) await ask();
    await eventually(async () => expect(await paused()).toBe(1));
    // However long it takes: the queue is asked for one mail now and then, and holds all of them.
    await eventually(async () => expect(await probe.depth(QUEUE)).toBe(MAILS));
    expect(smtp.received).toEqual([]);
    expect((await outcomes()).every((outcome) => outcome === null)).toBe(true);

    smtp.connectionRefusal = undefined;
    await eventually(async () => expect(await outcomes()).toEqual(Array.from({ length: MAILS }, () => 'sent')));
    expect(await paused()).toBe(0);
    const ids = smtp.received.map(({ content }) => /^Message-ID: (.*)$/im.exec(content)?.[1]);
    expect(ids).toHaveLength(MAILS);
    expect(new Set(ids).size).toBe(MAILS);
    expect(await probe.depth(`${QUEUE}-dlq`)).toBe(0);
    expect(await probe.depth(`${QUEUE}.retry.1s`)).toBe(0);
  });
});
