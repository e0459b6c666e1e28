import { Inject, Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { newEnvelope, type Envelope } from '#libs/messaging/envelope.js';
import { appendOutbox } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { counter } from '#libs/telemetry/metrics.js';
import type { BillingSchema, DocumentsTable, MovementsTable, OrdersTable } from '../schema.js';
import { Calendar } from './calendar.js';
import { FindRecipient } from './find-recipient.js';
import { numberOf, type DocumentContent, type Recipient, type Seller } from './document.js';
import { dueDocuments, type Due } from './due-documents.js';
import { nextSerial } from './next-serial.js';

export const SELLER = Symbol('SELLER');

type Order = Selectable<OrdersTable>;
type Movement = Selectable<MovementsTable>;
type Document = Pick<Selectable<DocumentsTable>, 'kind' | 'number' | 'movement' | 'content'>;

interface OrderFile {
  readonly order: Order;
  readonly issued: readonly Document[];
  readonly due: readonly Due<Movement>[];
}

const issuedTotal = counter('waybill_documents_total', 'Invoices and credit notes that were issued', ['kind']);

/**
 * Issues what is due for an order. Number, document, event and the order's lock share one transaction: an abort takes the
 * number back with everything else, so that none is ever missing; a second attempt finds nothing left to do.
 */
@Injectable()
export class IssueDocuments {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<BillingSchema>,
    @Inject(OutboxRelay) private readonly relay: Pick<OutboxRelay, 'wake'>,
    @Inject(SELLER) private readonly seller: Seller,
    private readonly calendar: Calendar,
    private readonly recipients: FindRecipient,
  ) {}

  /** @throws WaybillError UNAVAILABLE while customers is away: nothing is issued yet. */
  async dueFor(orderId: string): Promise<void> {
    const file = await readFile(this.db, orderId);
    if (file === undefined || file.due.length === 0) return;
    // Asked for before the transaction: nobody else's number waits for another service.
    const recipient = await this.recipients.of(file.order);
    const numbers = await this.db.transaction().execute((trx) => this.issue(trx, orderId, recipient));
    if (numbers.length === 0) return;
    this.relay.wake();
    logger().info({ orderId, numbers }, 'documents issued');
  }

  private async issue(trx: Kysely<BillingSchema>, orderId: string, recipient: Recipient): Promise<string[]> {
    await trx.selectFrom('orders').select('order_id').where('order_id', '=', orderId).forUpdate().execute();
    const file = await readFile(trx, orderId);
    if (file === undefined) return [];
    const issued = [...file.issued];
    for (const due of file.due) {
      const content = await this.write(trx, file.order, due, recipient, issued);
      issued.push({ kind: due.kind, number: content.number, movement: due.movement.sequence, content });
    }
    return issued.slice(file.issued.length).map(({ number }) => number);
  }

  private async write(
    trx: Kysely<BillingSchema>,
    order: Order,
    { kind, movement, lines, total }: Due<Movement>,
    recipient: Recipient,
    issued: readonly Document[],
  ): Promise<DocumentContent> {
    const issuedOn = this.calendar.today();
    const year = Number(issuedOn.slice(0, 4));
    const serial = await nextSerial(trx, kind, year);
    const invoice = kind === 'credit-note' ? issued.findLast((each) => each.kind === 'invoice')?.content : undefined;
    const content: DocumentContent = {
      number: numberOf(kind, year, serial),
      kind,
      issuedOn,
      order: { id: order.order_id, placedOn: this.calendar.dayOf(order.placed_at) },
      seller: this.seller,
      recipient,
      lines,
      total,
      payment: {
        on: this.calendar.dayOf(movement.happened_at),
        method: order.payment_method,
        provider: movement.provider ?? invoice?.payment.provider ?? null,
        reference: movement.reference ?? invoice?.payment.reference ?? null,
      },
      ...(invoice && { invoice: { number: invoice.number, issuedOn: invoice.issuedOn, total: invoice.total } }),
    };
    const place = issued.length + 1;
    await trx
      .insertInto('documents')
      .values({
        number: content.number,
        kind,
        year,
        serial,
        order_id: order.order_id,
        customer_id: order.customer_id,
        movement: movement.sequence,
        place,
        total: total.amount,
        currency: total.currency,
        invoice: invoice?.number ?? null,
        content: JSON.stringify(content),
      })
      .execute();
    await appendOutbox(trx, [{ lane: 'events', envelope: eventOf(order, content, place) }]);
    issuedTotal.inc({ kind });
    return content;
  }
}

async function readFile(db: Kysely<BillingSchema>, orderId: string): Promise<OrderFile | undefined> {
  const order = await db
    .selectFrom('orders')
    .leftJoin('final_versions as final', 'final.order_id', 'orders.order_id')
    .selectAll('orders')
    .select((row) => row('orders.version', '>=', row.ref('final.version')).$castTo<boolean | null>().as('final'))
    .where('orders.order_id', '=', orderId)
    .executeTakeFirst();
  if (order === undefined) return undefined;
  const movements = await db
    .selectFrom('movements')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('sequence')
    .execute();
  const issued = await db
    .selectFrom('documents')
    .select(['kind', 'number', 'movement', 'content'])
    .where('order_id', '=', orderId)
    .orderBy('place')
    .execute();
  const done = new Set(issued.map(({ movement }) => movement));
  const waiting = movements.filter(({ sequence }) => !done.has(sequence));
  const invoiced = issued.findLast(({ kind }) => kind === 'invoice')?.content.lines;
  const known = { ...order, final: order.final === true };
  return { order, issued, due: dueDocuments(known, waiting, invoiced) };
}

function eventOf(
  { order_id: orderId, customer_id: customerId }: Order,
  { number, issuedOn, total, invoice }: DocumentContent,
  sequence: number,
): Envelope<'InvoiceIssued'> | Envelope<'CreditNoteIssued'> {
  const about = { producer: 'billing', subject: orderId, sequence } as const;
  const data = { orderId, customerId, number, issuedOn, total };
  return invoice === undefined
    ? newEnvelope({ ...about, type: 'InvoiceIssued', data })
    : newEnvelope({ ...about, type: 'CreditNoteIssued', data: { ...data, invoice: invoice.number } });
}
