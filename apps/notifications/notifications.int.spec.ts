import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect, type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { sql } from 'kysely';
import { EVENTS_EXCHANGE } from '#libs/contracts/topology.js';
import type { EventData } from '#libs/contracts/events.js';
import { newId, type CustomerId, type OrderId } from '#libs/kernel/ids.js';
import { AmqpServer } from '#libs/messaging/amqp-server.js';
import { readDeadLetter } from '#libs/messaging/dead-letter.js';
import { newEnvelope, serialiseEnvelope, type Envelope } from '#libs/messaging/envelope.js';
import { consumed, published } from '#libs/messaging/message-metrics.js';
import { QueueProbe } from '#libs/messaging/testing/queue-probe.js';
import { eventually } from '#libs/testing/eventually.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations } from './migrations/index.js';
import { notificationsConfig } from './notifications.config.js';
import { NotificationsModule } from './notifications.module.js';
import type { NotificationsSchema } from './schema.js';
import { CustomersStandIn } from '#libs/testing/customers-stand-in.js';

let database: TestDatabase<NotificationsSchema>;
let broker: TestBroker;
let customers: CustomersStandIn;
let folder: string;
let apps: NestFastifyApplication[];
let model: ChannelModel;
let channel: ConfirmChannel;
let customerId: CustomerId;
let orderId: OrderId;

async function startService(address: string): Promise<NestFastifyApplication> {
  const config = notificationsConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_AMQP_URL: broker.url,
    WAYBILL_CUSTOMERS_ADDRESS: address,
    WAYBILL_MAIL_DIR: folder,
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    NotificationsModule.forConfig(config),
    new FastifyAdapter(),
    { logger: false },
  );
  app.connectMicroservice({ strategy: new AmqpServer({ url: broker.url, name: 'test' }) });
  await app.startAllMicroservices();
  await app.init();
  return app;
}

beforeAll(async () => {
  [database, broker] = await Promise.all([testDatabase<NotificationsSchema>(migrations), testBroker()]);
  // What is published before its queue is bound reaches nobody.
  await (await QueueProbe.open(broker.url)).close();
  customers = new CustomersStandIn();
  const address = await customers.start();
  folder = await mkdtemp(join(tmpdir(), 'waybill-mails-'));
  // Two replicas: what one has done the other must know.
  apps = [await startService(address), await startService(address)];
  model = await connect(broker.url);
  channel = await model.createConfirmChannel();
});

beforeEach(() => {
  customerId = newId<CustomerId>();
  orderId = newId<OrderId>();
  customers.add(customerId);
  customers.available = true;
});

const stopReplicas = async (): Promise<void> => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
};

afterAll(async () => {
  await stopReplicas();
  await model.close();
  customers.stop();
  await Promise.all([database.drop(), broker.drop(), rm(folder, { recursive: true })]);
});

const eur = (amount: number): { amount: number; currency: string } => ({ amount, currency: 'EUR' });
const items = [{ sku: 'TEA', name: 'Earl Grey Tea', quantity: 2, unitPrice: eur(450), lineTotal: eur(900) }];

const event = <Type extends 'OrderConfirmed' | 'OrderRejected' | 'OrderCancelled' | 'OrderShipped' | 'OrderDelivered'>(
  type: Type,
  data: EventData[Type],
): Envelope<Type> => newEnvelope<Type>({ type, producer: 'orders', subject: orderId, sequence: 5, data });
const confirmed = (): Envelope<'OrderConfirmed'> =>
  event('OrderConfirmed', {
    orderId,
    customerId,
    items,
    total: eur(900),
    shipments: [{ id: newId(), tracking: 'EZ1', items: [], deliverBy: '2026-12-04T00:00:00.000Z' }],
  });
const rejected = (reason: EventData['OrderRejected']['reason']): Envelope<'OrderRejected'> =>
  event('OrderRejected', { orderId, customerId, reason });

async function publish(...envelopes: readonly Envelope[]): Promise<void> {
  for (const envelope of envelopes) {
    channel.publish(EVENTS_EXCHANGE, envelope.type, Buffer.from(serialiseEnvelope(envelope)), {
      persistent: true,
      messageId: envelope.id,
    });
  }
  await channel.waitForConfirms();
}

const rowsInInbox = async (id: string): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*) from inbox where event_id = ${id}`.execute(database.db);
  return rows[0]?.count ?? 0;
};
const rowsOf = (order: string): Promise<{ id: string; mail: string; outcome: string | null; attempts: number }[]> =>
  database.db.selectFrom('mails').select(['id', 'mail', 'outcome', 'attempts']).where('order_id', '=', order).execute();
const mailsOf = async (order: string): Promise<string[]> => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.eml'));
  const contents = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return contents.map((content) => content.replaceAll('=\n', '')).filter((content) => content.includes(order));
};
const settled = (order: string): Promise<{ mail: string; outcome: string | null }[]> =>
  eventually(async () => {
    const rows = await rowsOf(order);
    return rows.length > 0 && rows.every(({ outcome }) => outcome !== null) ? rows : false;
  }).then((rows) => rows || []);
const outbox = async (): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*) from outbox`.execute(database.db);
  return rows[0]?.count ?? 0;
};
/** How many messages of a queue were handled so far, by both replicas. */
const handled = async (queue: string): Promise<number> => {
  const { values } = await consumed.get();
  const counts = values.filter(({ labels }) => labels.queue === queue && labels.outcome === 'done');
  return counts.reduce((sum, { value }) => sum + value, 0);
};
/** How many mails were asked for so far. */
const requested = async (): Promise<number> => {
  const { values } = await published.get();
  return (
    values.find(({ labels }) => labels.lane === 'email-notifications' && labels.outcome === 'confirmed')?.value ?? 0
  );
};
const deadLetter = (queue: string): Promise<GetMessage> =>
  eventually(async () => channel.get(queue, { noAck: true })).then((message) => message as GetMessage);

describe('an event that concerns the customer', () => {
  it('becomes one mail: confirmed', async () => {
    await publish(confirmed());
    expect(await settled(orderId)).toMatchObject([{ mail: 'order-confirmed', outcome: 'sent', attempts: 1 }]);
    const [mail = ''] = await mailsOf(orderId);
    expect(mail).toContain(`To: Ada Lovelace <${customerId}@example.com>`);
    expect(mail).toContain('Subject: Your order is confirmed: Earl Grey Tea');
    expect(mail).toMatch(/EZ1/);
  });

  it.each(['PAYMENT_DECLINED', 'NOT_SERVED', 'OUT_OF_STOCK'] as const)(
    'becomes one mail: rejected for %s',
    async (reason) => {
      await publish(rejected(reason));
      expect(await settled(orderId)).toMatchObject([{ mail: 'order-rejected', outcome: 'sent' }]);
      expect(await mailsOf(orderId)).toHaveLength(1);
    },
  );

  it('becomes one mail: cancelled', async () => {
    await publish(event('OrderCancelled', { orderId, customerId, reason: 'CANCELLED_BY_CUSTOMER' }));
    expect(await settled(orderId)).toMatchObject([{ mail: 'order-cancelled', outcome: 'sent' }]);
  });

  it('becomes one mail: on its way', async () => {
    const fact = { factId: newId<OrderId>(), shipmentId: newId<OrderId>(), at: '2026-11-20T10:00:00.000Z' };
    await publish(event('OrderShipped', { orderId, customerId, ...fact }));
    expect(await settled(orderId)).toMatchObject([{ mail: 'order-shipped', outcome: 'sent' }]);
    expect(await mailsOf(orderId)).toHaveLength(1);
  });

  it('becomes at most one mail, however often it arrives', async () => {
    const one = confirmed();
    const [events, mails] = [await handled('notifications-events'), await requested()];
    await publish(...Array.from({ length: 50 }, () => one));
    await settled(orderId);
    await eventually(async () => (await handled('notifications-events')) === events + 50);
    await eventually(async () => (await outbox()) === 0);
    expect(await requested()).toBe(mails + 1);
    expect(await rowsOf(orderId)).toMatchObject([{ outcome: 'sent', attempts: 1 }]);
    expect(await mailsOf(orderId)).toHaveLength(1);
  });

  it('becomes its mail though asking for it failed at first: that it has come is forgotten with it', async () => {
    // A sequence is the one thing that no rollback takes back.
    await sql`create sequence outbox_tries`.execute(database.db);
    await sql`create function fail_once() returns trigger language plpgsql as $$ begin
      if nextval('outbox_tries') = 1 then raise 'not this time'; end if; return new; end $$`.execute(database.db);
    await sql`create trigger fail_once before insert on outbox for each row execute function fail_once()`.execute(
      database.db,
    );
    try {
      await publish(confirmed());
      expect(await settled(orderId)).toMatchObject([{ mail: 'order-confirmed', outcome: 'sent' }]);
      expect(await mailsOf(orderId)).toHaveLength(1);
    } finally {
      await sql`drop function fail_once cascade`.execute(database.db);
      await sql`drop sequence outbox_tries`.execute(database.db);
    }
  });

  it('becomes at most one mail, however often the mail is asked for', async () => {
    const request = newEnvelope({
      type: 'MailRequested',
      producer: 'notifications',
      subject: newId(),
      sequence: 1,
      correlationId: orderId,
      data: { mail: 'order-rejected', orderId, customerId, reason: 'NOT_SERVED' },
    });
    const [asked, mails] = [customers.asked, await handled('email-notifications')];
    for (let copy = 0; copy < 50; copy += 1)
      channel.sendToQueue('email-notifications', Buffer.from(serialiseEnvelope(request)), { messageId: request.id });
    await channel.waitForConfirms();
    await eventually(async () => (await handled('email-notifications')) === mails + 50);
    expect(await rowsOf(orderId)).toMatchObject([{ outcome: 'sent', attempts: 1 }]);
    expect(customers.asked).toBe(asked + 1);
  });

  it('becomes no mail for a customer who wants none', async () => {
    customers.add(customerId, false);
    await publish(confirmed());
    expect(await settled(orderId)).toMatchObject([{ outcome: 'unwanted' }]);
    expect(await mailsOf(orderId)).toEqual([]);
  });
});

describe('an event that the customer hears of otherwise', () => {
  it('is taken, and nothing is sent', async () => {
    const fact = {
      orderId,
      customerId,
      factId: newId<OrderId>(),
      shipmentId: newId<OrderId>(),
      at: '2026-11-20T10:00:00.000Z',
    };
    const events = await handled('notifications-events');
    await publish(event('OrderDelivered', fact));
    await eventually(async () => (await handled('notifications-events')) === events + 1);
    expect(await outbox()).toBe(0);
    expect(await rowsOf(orderId)).toEqual([]);
    expect((await channel.checkQueue('notifications-events-dlq')).messageCount).toBe(0);
  });
});

describe('a mail that cannot be sent', () => {
  it('waits while customers is away, and is not counted as an attempt of the message', async () => {
    customers.available = false;
    const before = customers.asked;
    await publish(confirmed());
    await eventually(() => customers.asked > before + 1);
    expect(await rowsOf(orderId)).toMatchObject([{ outcome: null }]);
    customers.available = true;
    expect(await settled(orderId)).toMatchObject([{ outcome: 'sent' }]);
    expect(await mailsOf(orderId)).toHaveLength(1);
    expect((await channel.checkQueue('email-notifications-dlq')).messageCount).toBe(0);
  });

  it('goes to the dead letters when nobody knows the customer, and stops nothing behind it', async () => {
    const [unknown, nextOrder] = [newId<CustomerId>(), newId<OrderId>()];
    await publish(event('OrderRejected', { orderId, customerId: unknown, reason: 'NOT_SERVED' }));
    orderId = nextOrder;
    await publish(confirmed());
    const message = await deadLetter('email-notifications-dlq');
    expect(readDeadLetter(message)).toMatchObject({
      reason: 'refused',
      attempts: 1,
      handler: 'MailsController.requested',
      error: expect.stringContaining(unknown),
    });
    expect(await settled(nextOrder)).toMatchObject([{ outcome: 'sent' }]);
  });

  it('goes to the dead letters when the event lacks what it needs', async () => {
    await publish(event('OrderConfirmed', { orderId, customerId, items: 'tea' } as never));
    expect(readDeadLetter(await deadLetter('notifications-events-dlq'))).toMatchObject({
      reason: 'malformed',
      error: expect.stringContaining('items'),
    });
    channel.sendToQueue(
      'email-notifications',
      Buffer.from(
        JSON.stringify({
          ...confirmed(),
          type: 'MailRequested',
          producer: 'notifications',
          data: { mail: 'newsletter' },
        }),
      ),
    );
    expect(readDeadLetter(await deadLetter('email-notifications-dlq'))).toMatchObject({ reason: 'malformed' });
  });
});

describe('mails that wait', () => {
  it('are sent in the order of their weight: payment trouble, other bad news, good news, what can wait', async () => {
    customers.available = false;
    const [later, good, bad, trouble] = [newId<OrderId>(), newId<OrderId>(), newId<OrderId>(), newId<OrderId>()];
    orderId = later;
    const fact = { factId: newId<OrderId>(), shipmentId: newId<OrderId>(), at: '2026-11-20T10:00:00.000Z' };
    const onItsWay = event('OrderShipped', { orderId, customerId, ...fact });
    orderId = good;
    const events: Envelope[] = [onItsWay, confirmed()];
    orderId = bad;
    events.push(rejected('NOT_SERVED'));
    orderId = trouble;
    events.push(rejected('INSUFFICIENT_FUNDS'));
    for (const each of events) {
      await publish(each);
      await eventually(async () => (await rowsInInbox(each.id)) === 1 && (await outbox()) === 0);
    }
    await stopReplicas();
    const taken: string[] = [];
    await eventually(async () => {
      const message = await channel.get('email-notifications', { noAck: true });
      if (message !== false) taken.push((JSON.parse(message.content.toString()) as Envelope).correlationId);
      return taken.length === 4;
    });
    expect(taken).toEqual([trouble, bad, good, later]);
  });
});
