import { Controller } from '@nestjs/common';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import { IssueDocuments } from '../issue-documents/issue-documents.js';
import { RememberEvents, type EndOfAmendments } from './remember-events.js';

/**
 * Follows orders and payments. Each event is kept first, then every document is issued that it was the last missing part of:
 * whichever comes last, the order, its last word or the money, completes it.
 */
@Controller()
export class BillingEventsController {
  constructor(
    private readonly remember: RememberEvents,
    private readonly documents: IssueDocuments,
  ) {}

  @OnMessage('billing-events', 'OrderPlaced')
  async placed(event: Envelope<'OrderPlaced'>): Promise<void> {
    await this.remember.order(event);
    await this.documents.dueFor(event.data.orderId);
  }

  @OnMessage('billing-events', 'AmendApplied')
  async amended(event: Envelope<'AmendApplied'>): Promise<void> {
    await this.remember.amendment(event);
    await this.documents.dueFor(event.data.orderId);
  }

  @OnMessage('billing-events', 'OrderConfirmed')
  async confirmed(event: Envelope<'OrderConfirmed'>): Promise<void> {
    await this.ended(event);
  }

  @OnMessage('billing-events', 'OrderRejecting')
  async rejecting(event: Envelope<'OrderRejecting'>): Promise<void> {
    await this.ended(event);
  }

  @OnMessage('billing-events', 'OrderCancelling')
  async cancelling(event: Envelope<'OrderCancelling'>): Promise<void> {
    await this.ended(event);
  }

  @OnMessage('billing-events', 'PaymentCaptured')
  async captured(event: Envelope<'PaymentCaptured'>): Promise<void> {
    await this.remember.capture(event);
    await this.documents.dueFor(event.data.orderId);
  }

  @OnMessage('billing-events', 'RefundIssued')
  async refunded(event: Envelope<'RefundIssued'>): Promise<void> {
    await this.remember.refund(event);
    await this.documents.dueFor(event.data.orderId);
  }

  private async ended(event: EndOfAmendments): Promise<void> {
    await this.remember.end(event);
    await this.documents.dueFor(event.data.orderId);
  }
}
