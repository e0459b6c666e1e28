import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { BillingServiceService, DocumentKind } from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import { EVENTS_EXCHANGE } from '#libs/contracts/topology.js';
import { grpcClient, type CallOptions, type GrpcClient } from '#libs/grpc/client.js';
import { newId } from '#libs/kernel/ids.js';
import { createService } from '#libs/kernel/run-service.js';
import { serialiseEnvelope, type Envelope } from '#libs/messaging/envelope.js';
import { consumed } from '#libs/messaging/message-metrics.js';
import { QueueProbe } from '#libs/messaging/testing/queue-probe.js';
import { openDevIssuer, type DevIssuer } from '#libs/security/dev-issuer.js';
import { CustomersStandIn } from '#libs/testing/customers-stand-in.js';
import { eventually } from '#libs/testing/eventually.js';
import { freePort } from '#libs/testing/free-port.js';
import { testBroker, type TestBroker } from '#libs/testing/test-broker.js';
import { testDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { billingConfig } from './billing.config.js';
import { billingService } from './billing.module.js';
import { migrations } from './migrations/index.js';
import type { BillingSchema } from './schema.js';
import {
  amended,
  AMENDED,
  cancelling,
  captured,
  confirmed,
  CUSTOMER,
  ELSEWHERE,
  placed,
  redirected,
  refunded,
  rejecting,
} from './testing/sample-events.js';

const QUEUE = 'billing-events';

let database: TestDatabase<BillingSchema>;
let broker: TestBroker;
let customers: CustomersStandIn;
let folder: string;
let issuer: DevIssuer;
let app: NestFastifyApplication;
let billing: GrpcClient<typeof BillingServiceService>;
let model: ChannelModel;
let channel: ConfirmChannel;
let heard: string;
let orderId: string;

beforeAll(async () => {
  [database, broker] = await Promise.all([testDatabase<BillingSchema>(migrations), testBroker()]);
  await (await QueueProbe.open(broker.url)).close();
  customers = new CustomersStandIn();
  customers.add(CUSTOMER);
  folder = await mkdtemp(join(tmpdir(), 'waybill-billing-'));
  issuer = await openDevIssuer(folder);
  const listen = `127.0.0.1:${await freePort()}`;
  const config = billingConfig.parse({
    WAYBILL_PROBE_LISTEN: '127.0.0.1:0',
    WAYBILL_GRPC_LISTEN: listen,
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_AMQP_URL: broker.url,
    WAYBILL_CUSTOMERS_ADDRESS: await customers.start(),
    WAYBILL_JWKS_URL: issuer.jwksUrl,
    WAYBILL_TOKEN_ISSUER: issuer.issuer,
  });
  app = await createService(billingService(config));
  billing = grpcClient(BillingServiceService, listen);
  model = await connect(broker.url);
  channel = await model.createConfirmChannel();
  ({ queue: heard } = await channel.assertQueue('', { exclusive: true }));
  await channel.bindQueue(heard, EVENTS_EXCHANGE, 'InvoiceIssued');
  await channel.bindQueue(heard, EVENTS_EXCHANGE, 'CreditNoteIssued');
});
beforeEach(() => {
  orderId = newId();
  customers.available = true;
});
afterAll(async () => {
  billing.close();
  await app.close();
  await model.close();
  customers.stop();
  await Promise.all([database.drop(), broker.drop(), rm(folder, { recursive: true })]);
});

async function publish(...envelopes: readonly Envelope[]): Promise<void> {
  for (const envelope of envelopes)
    channel.publish(EVENTS_EXCHANGE, envelope.type, Buffer.from(serialiseEnvelope(envelope)), {
      messageId: envelope.id,
    });
  await channel.waitForConfirms();
}

const issued = async (): Promise<{ kind: string; total: number }[]> =>
  database.db
    .selectFrom('documents')
    .select(['kind', 'total', 'number', 'content'])
    .where('order_id', '=', orderId)
    .orderBy('place')
    .execute();
/** What billing has kept of the order so far. */
const kept = async (): Promise<Record<'orders' | 'movements', number>> => {
  const of = (table: 'orders' | 'movements') =>
    database.db.selectFrom(table).select('order_id').where('order_id', '=', orderId).execute();
  return { orders: (await of('orders')).length, movements: (await of('movements')).length };
};
const eventuallyIssued = (...kinds: readonly string[]) =>
  eventually(async () => {
    const rows = await issued();
    expect(rows.map(({ kind }) => kind)).toEqual(kinds);
    return rows;
  });
const outcomes = async (outcome: string): Promise<number> => {
  const { values } = await consumed.get();
  const counts = values.filter(({ labels }) => labels.queue === QUEUE && labels.outcome === outcome);
  return counts.reduce((sum, { value }) => sum + value, 0);
};
const as = async (subject: string, ...scopes: ('orders:read' | 'ops')[]): Promise<CallOptions> => ({
  deadlineMs: 5_000,
  metadata: { authorization: `Bearer ${await issuer.issueToken({ subject, scopes })}` },
});

describe('a captured payment', () => {
  it('is invoiced once, however often its events come, and billing says so', async () => {
    const events = [placed(orderId), captured(orderId), confirmed(orderId)];
    const done = await outcomes('done');
    await publish(...Array.from({ length: 50 }, () => events).flat());
    const [invoice] = await eventuallyIssued('invoice');
    expect(invoice).toMatchObject({
      number: expect.stringMatching(/^INV-\d{4}-\d{6}$/),
      content: {
        recipient: { name: 'Ada Lovelace', email: `${CUSTOMER}@example.com`, address: { line1: 'Marktplatz 1' } },
      },
    });
    await eventually(async () => expect(await outcomes('done')).toBe(done + 150));
    const told = await eventually(async () => channel.get(heard, { noAck: true }));
    expect(JSON.parse(told ? told.content.toString() : '')).toMatchObject({
      type: 'InvoiceIssued',
      producer: 'billing',
      subject: orderId,
      sequence: 1,
      data: { orderId, customerId: CUSTOMER, total: { amount: 2_480, currency: 'EUR' } },
    });
    expect(await issued()).toHaveLength(1);
  });

  it('that comes before its order waits for it, and costs no attempt', async () => {
    const [retried, done] = [await outcomes('retried'), await outcomes('done')];
    await publish(captured(orderId), confirmed(orderId));
    await eventually(async () => expect(await outcomes('done')).toBe(done + 2));
    expect(await issued()).toEqual([]);
    await publish(placed(orderId));
    await eventuallyIssued('invoice');
    expect(await outcomes('retried')).toBe(retried);
    expect((await channel.checkQueue(`${QUEUE}-dlq`)).messageCount).toBe(0);
  });

  it('of an amended order is invoiced as it was amended, whichever is heard first', async () => {
    const ended = confirmed(orderId, 3);
    await publish(placed(orderId), captured(orderId, 1, AMENDED), ended, amended(orderId), amended(orderId));
    const [invoice] = await eventuallyIssued('invoice');
    expect(invoice).toMatchObject({ total: AMENDED.amount, content: { lines: [{ quantity: 3 }] } });
  });

  it('of an order that is sent elsewhere after it was charged is invoiced to where it goes', async () => {
    await publish(placed(orderId), captured(orderId));
    await eventually(async () => expect(await kept()).toEqual({ orders: 1, movements: 1 }));
    expect(await issued()).toEqual([]);
    await publish(redirected(orderId), confirmed(orderId, 3));
    const [invoice] = await eventuallyIssued('invoice');
    expect(invoice).toMatchObject({ content: { recipient: { address: { line1: ELSEWHERE } } } });
  });

  it.each([
    ['cancelled', cancelling],
    ['rejected', rejecting],
  ])(
    'of an order that is %s is invoiced when its undo begins, and credited when the money has gone back',
    async (_, ends) => {
      await publish(placed(orderId), captured(orderId), ends(orderId));
      await eventuallyIssued('invoice');
      await publish(refunded(orderId), confirmed(orderId));
      await eventuallyIssued('invoice', 'credit-note');
    },
  );

  it('waits while customers is away, which is no attempt', async () => {
    customers.available = false;
    const [asked, retried] = [customers.asked, await outcomes('retried')];
    await publish(placed(orderId), captured(orderId), confirmed(orderId));
    await eventually(() => customers.asked > asked + 1);
    expect(await issued()).toEqual([]);
    customers.available = true;
    await eventuallyIssued('invoice');
    expect(await outcomes('retried')).toBe(retried);
  });

  it('of a buyer whom customers does not know is invoiced to the name on the parcel', async () => {
    await publish(placed(orderId, 'customer-unknown'), captured(orderId), confirmed(orderId));
    const [invoice] = await eventuallyIssued('invoice');
    expect(invoice).toMatchObject({ content: { recipient: { name: 'A. Lovelace', email: null } } });
  });
});

describe('a refund', () => {
  it('is credited, also when it comes before everything else', async () => {
    await publish(refunded(orderId), captured(orderId), cancelling(orderId), placed(orderId));
    const [invoice, note] = await eventuallyIssued('invoice', 'credit-note');
    expect(note).toMatchObject({
      total: 2_480,
      content: { invoice: { number: (invoice as { number?: string }).number } },
    });
  });
});

describe('the documents of an order', () => {
  it('are shown to its customer and to an operator, as a list and as PDFs', async () => {
    await publish(placed(orderId), captured(orderId), refunded(orderId), cancelling(orderId));
    await eventuallyIssued('invoice', 'credit-note');
    for (const who of [await as(CUSTOMER, 'orders:read'), await as('operator-1', 'ops')]) {
      const { documents } = await billing.listDocuments({ orderId }, who);
      expect(documents).toMatchObject([
        { kind: DocumentKind.INVOICE, orderId, total: { amount: 2_480 }, invoice: '' },
        { kind: DocumentKind.CREDIT_NOTE, invoice: documents[0]?.number },
      ]);
      for (const { number } of documents) {
        const [one, again] = [
          await billing.getDocument({ orderId, number }, who),
          await billing.getDocument({ orderId, number }, who),
        ];
        expect(Buffer.from(one.pdf).subarray(0, 5).toString()).toBe('%PDF-');
        expect(Buffer.from(one.pdf).equals(Buffer.from(again.pdf))).toBe(true);
      }
    }
  });

  it('are nobody else’s business', async () => {
    await publish(placed(orderId), captured(orderId), confirmed(orderId));
    const [invoice] = await eventuallyIssued('invoice');
    const { number } = invoice as unknown as { number: string };
    const [stranger, nobody] = [await as('customer-2', 'orders:read'), { deadlineMs: 5_000 }];
    await expect(billing.listDocuments({ orderId }, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(billing.getDocument({ orderId, number }, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(billing.listDocuments({ orderId }, nobody)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(billing.listDocuments({ orderId }, await as(CUSTOMER))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it.each([
    [{ orderId: 'none', number: 'INV-2026-000001' }, 'INVALID_REQUEST'],
    [{ orderId: newId(), number: '../etc' }, 'INVALID_REQUEST'],
    [{ orderId: newId(), number: 'INV-2026-000001' }, 'NOT_FOUND'],
  ])('are asked for as they are called: %j is %s', async (request, code) => {
    await expect(billing.getDocument(request, await as(CUSTOMER, 'orders:read'))).rejects.toMatchObject({ code });
  });
});
