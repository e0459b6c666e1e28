import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DocumentKind, type Document } from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import type { Invoice, InvoiceList } from '#libs/contracts/http/invoices.js';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { getInvoice, listInvoices } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { BILLING, type Billing } from '../peers.module.js';
import { presentMoney } from '../read-orders/present-order.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';
import { notesOf } from '../trace-requests/request-notes.js';

/** A document is what it is for ever. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';

@Controller()
export class InvoicesController {
  constructor(@Inject(BILLING) private readonly billing: Billing) {}

  @Serves(listInvoices)
  async list(
    @Input() { params: { id } }: InputOf<typeof listInvoices>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    notesOf(request).orderId = id;
    const { documents } = await this.billing.listDocuments({ orderId: id }, forward);
    const list: InvoiceList = { items: documents.map(presentDocument) };
    await reply.code(200).header('cache-control', 'private, no-cache').send(list);
  }

  @Serves(getInvoice)
  async get(
    @Input() { params: { id, number } }: InputOf<typeof getInvoice>,
    @Forward() forward: CallOptions,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    notesOf(request).orderId = id;
    const { pdf } = await this.billing.getDocument({ orderId: id, number }, forward);
    await reply
      .code(200)
      .headers({
        'content-type': 'application/pdf',
        'content-disposition': `inline; filename="${number}.pdf"`,
        'cache-control': CACHE_CONTROL,
        vary: 'Authorization',
      })
      .send(Buffer.from(pdf));
  }
}

function presentDocument({ number, kind, orderId, total, issuedOn, issuedAt, invoice }: Document): Invoice {
  return {
    number,
    kind: kind === DocumentKind.CREDIT_NOTE ? 'credit-note' : 'invoice',
    orderId,
    total: presentMoney(total),
    issuedOn,
    issuedAt: (issuedAt ?? new Date(0)).toISOString(),
    invoice: invoice || null,
  };
}
