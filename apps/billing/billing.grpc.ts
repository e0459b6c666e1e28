import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import type {
  GetDocumentRequest,
  GetDocumentResponse,
  ListDocumentsRequest,
  ListDocumentsResponse,
} from '#libs/contracts/generated/waybill/billing/v1/billing.js';
import { parse } from '#libs/kernel/parse.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { ReadDocuments } from './read-documents/read-documents.js';

const listRequest = z.object({ orderId: z.uuid() });
const documentRequest = z.object({
  orderId: z.uuid(),
  number: z.string().regex(/^(INV|CN)-\d{4}-\d{6,9}$/, 'must be a number such as INV-2026-000001'),
});

/** `waybill.billing.v1.BillingService`: identifies the caller, validates and delegates. */
@Controller()
export class BillingGrpc {
  constructor(
    private readonly callers: IdentifyCaller,
    private readonly documents: ReadDocuments,
  ) {}

  @GrpcMethod('BillingService', 'listDocuments')
  async listDocuments(request: ListDocumentsRequest): Promise<ListDocumentsResponse> {
    const owner = await this.callers.reader();
    return this.documents.list(parse(listRequest, request).orderId, owner);
  }

  @GrpcMethod('BillingService', 'getDocument')
  async getDocument(request: GetDocumentRequest): Promise<GetDocumentResponse> {
    const owner = await this.callers.reader();
    return this.documents.get(parse(documentRequest, request), owner);
  }
}
