import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import {
  DocumentKind as GrpcKind,
  type Document,
  type GetDocumentResponse,
  type ListDocumentsResponse,
} from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { Owner } from '#libs/security/identify-caller.js';
import { CONFIG, type BillingConfig } from '../billing.config.js';
import type { DocumentContent } from '../issue-documents/document.js';
import { renderPdf } from '../render-pdf/render-pdf.js';
import type { BillingSchema } from '../schema.js';

/** The documents of an order, for whoever may see the order. */
@Injectable()
export class ReadDocuments {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<BillingSchema>,
    @Inject(CONFIG) private readonly config: Pick<BillingConfig, 'WAYBILL_DOCUMENT_FONT'>,
  ) {}

  /** @throws WaybillError NOT_FOUND for an order that is not the owner's, or that billing has not heard of yet. */
  async list(orderId: string, owner: Owner): Promise<ListDocumentsResponse> {
    const order = await this.db
      .selectFrom('orders')
      .select('customer_id')
      .where('order_id', '=', orderId)
      .executeTakeFirst();
    if (order === undefined || !owns(owner, order.customer_id))
      throw new WaybillError('NOT_FOUND', 'There is no such order, or billing has not heard of it yet');
    const rows = await this.documents().where('order_id', '=', orderId).orderBy('place').execute();
    return { documents: rows.map(present) };
  }

  /** @throws WaybillError NOT_FOUND for a document that is not of the order, or an order that is not the owner's. */
  async get({ orderId, number }: { orderId: string; number: string }, owner: Owner): Promise<GetDocumentResponse> {
    const row = await this.documents().where('order_id', '=', orderId).where('number', '=', number).executeTakeFirst();
    if (row === undefined || !owns(owner, row.customer_id))
      throw new WaybillError('NOT_FOUND', 'This order has no such document');
    const pdf = await renderPdf(row.content, { issuedAt: row.issued_at, font: this.config.WAYBILL_DOCUMENT_FONT });
    return { document: present(row), pdf };
  }

  private documents() {
    return this.db.selectFrom('documents').select(['content', 'customer_id', 'issued_at']);
  }
}

function owns(owner: Owner, customerId: string): boolean {
  return owner.kind === 'anybody' || owner.customerId === customerId;
}

function present({ content, issued_at: issuedAt }: { content: DocumentContent; issued_at: Date }): Document {
  const { number, kind, order, total, issuedOn, invoice } = content;
  return {
    number,
    kind: kind === 'invoice' ? GrpcKind.INVOICE : GrpcKind.CREDIT_NOTE,
    orderId: order.id,
    total,
    issuedOn,
    issuedAt,
    invoice: invoice?.number ?? '',
  };
}
