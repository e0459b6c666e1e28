import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ChannelModel } from 'amqplib';
import { createClient } from '#libs/client/client.js';
import { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import type { InvoiceList } from '#libs/contracts/http/invoices.js';
import { EVENTS_EXCHANGE } from '#libs/contracts/topology.js';
import { grpcClient } from '#libs/grpc/client.js';
import { useIdentity } from '#libs/grpc/tls/own-identity.js';
import type { IdentityFiles } from '#libs/security/identity-folder.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { eventually } from '#libs/testing/eventually.js';
import { filesIn, read } from '../docs/documents.js';
import { customer, orderOf, run, untilStatus } from './running-system.js';

const MINUTE = 60_000;
const more = JSON.parse(readFileSync(process.env['WAYBILL_RUN_FILE'] ?? '', 'utf8')) as {
  readonly rabbitmq: { readonly amqp: string };
  readonly services: { readonly inventory: { readonly grpc: string } };
  readonly tls: IdentityFiles | null;
};

const documentsOf = (id: string, ...kinds: readonly string[]): Promise<InvoiceList['items']> =>
  eventually(
    async () => {
      const { items } = await customer.listInvoices(id);
      expect(items.map(({ kind }) => kind)).toEqual(kinds);
      return items;
    },
    { withinMs: MINUTE, everyMs: 100 },
  );

describe('the invoice of an order', () => {
  it(
    'follows its payment, as a PDF for its customer alone; a refund is followed by a credit note',
    async () => {
      const { id, total } = await customer.placeOrder(orderOf({ country: 'ZZ' }));
      const [invoice, note] = await documentsOf(id, 'invoice', 'credit-note');
      expect(invoice).toMatchObject({ orderId: id, total, invoice: null });
      expect(note).toMatchObject({ orderId: id, total, invoice: invoice?.number });
      const number = invoice?.number ?? '';
      const pdf = Buffer.from(await customer.getInvoice(id, number));
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      const other = createClient({ url: run.gateway.url, token: run.tokens.otherCustomer });
      await expect(other.listInvoices(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(other.getInvoice(id, number)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    },
    2 * MINUTE,
  );
});

describe('a price that changes', () => {
  const SKU = 'DESK-LAMP-BRASS';
  const change = async (price: { amount: number; currency: string }, token = run.tokens.operator): Promise<number> => {
    const answer = await fetch(`${run.gateway.url}/v1/ops/products/${SKU}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': randomUUID(),
        'content-type': 'application/json',
      },
      body: JSON.stringify({ price }),
    });
    return answer.status;
  };

  it(
    'is what the next order pays; the one before keeps its own, on its invoice too',
    async () => {
      const { price } = await customer.getProduct(SKU);
      const raised = { ...price, amount: price.amount + 100 };
      const before = await customer.placeOrder(orderOf({ items: [{ sku: SKU, quantity: 1 }] }));
      expect(await change(raised, run.tokens.customer)).toBe(403);
      expect(await change(raised)).toBe(200);
      const after = await customer.placeOrder(orderOf({ items: [{ sku: SKU, quantity: 1 }] }));
      expect([before.total, after.total]).toEqual([price, raised]);
      const api = createClient({ url: run.gateway.url, token: run.tokens.customer });
      await eventually(async () => expect((await api.getProduct(SKU)).price).toEqual(raised));
      expect((await documentsOf(before.id, 'invoice'))[0]?.total).toEqual(price);
      expect((await documentsOf(after.id, 'invoice'))[0]?.total).toEqual(raised);
    },
    2 * MINUTE,
  );
});

describe('five hundred units', () => {
  // No other journey buys these: their stock is set here.
  const SKU = 'BLANKET-WOOL-GREY';

  it(
    'are sold out at once, by the hold; what the catalogue shows follows',
    async () => {
      useIdentity(more.tls);
      const inventory = grpcClient(InventoryServiceService, more.services.inventory.grpc);
      const stock = (warehouse: string, available: number) =>
        inventory.setStock({ sku: SKU, warehouse, available }, { deadlineMs: 5_000 });
      const shown = async (): Promise<number> =>
        (await createClient({ url: run.gateway.url, token: run.tokens.customer }).getProduct(SKU)).available;
      const order = (quantity: number) => customer.placeOrder(orderOf({ items: [{ sku: SKU, quantity }] }));
      try {
        await stock('ROTTERDAM', 0);
        await stock('LEIPZIG', 500);
        await eventually(async () => expect(await shown()).toBe(500));
        const answers = await Promise.allSettled([order(500), order(500), order(1)]);
        const next = await order(500).catch((error: unknown) => error);
        const placed = answers.flatMap((each) => (each.status === 'fulfilled' ? each.value.items : []));
        const sold = placed.reduce((sum, { quantity }) => sum + quantity, 0);
        // Strong: never a unit more than there is, whatever the catalogue still shows.
        expect(sold).toBeLessThanOrEqual(500);
        expect(next).toMatchObject({ code: 'OUT_OF_STOCK' });
        // Eventual: right, a moment later.
        await eventually(async () => expect(await shown()).toBe(500 - sold));
      } finally {
        await stock('ROTTERDAM', 100_000);
        await stock('LEIPZIG', 100_000);
        inventory.close();
      }
    },
    MINUTE,
  );
});

describe('a new consumer', () => {
  const QUEUE = `loyalty-points-${randomUUID()}`;
  const TYPES = ['OrderPlaced', 'PaymentCaptured', 'InvoiceIssued', 'OrderConfirmed'] as const;
  let model: ChannelModel;
  const heard: Envelope[] = [];

  beforeAll(async () => {
    model = await connect(more.rabbitmq.amqp);
    const channel = await model.createChannel();
    await channel.assertQueue(QUEUE, { exclusive: true, autoDelete: true });
    for (const type of TYPES) await channel.bindQueue(QUEUE, EVENTS_EXCHANGE, type);
    await channel.consume(
      QUEUE,
      (message) => message && heard.push(JSON.parse(message.content.toString()) as Envelope),
      { noAck: true },
    );
  });
  afterAll(() => model.close());

  it(
    'hears of everything that it binds, from producers of which none knows it',
    async () => {
      const { id } = await customer.placeOrder(orderOf());
      await untilStatus(id, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
      const about = () => heard.filter(({ correlationId }) => correlationId === id);
      await eventually(() => expect(new Set(about().map(({ type }) => type))).toEqual(new Set(TYPES)), {
        withinMs: MINUTE,
      });
      expect(new Set(about().map(({ producer }) => producer))).toEqual(new Set(['orders', 'payments', 'billing']));
      const sources = ['apps', 'libs'].flatMap((folder) => filesIn(folder, /\.ts$/));
      expect(sources.filter((file) => read(file).includes('loyalty-points'))).toEqual([]);
    },
    2 * MINUTE,
  );
});
