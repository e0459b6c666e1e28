import { Controller } from '@nestjs/common';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import { RequestMail } from './request-mail.js';

/** Listens to what happens to orders. */
@Controller()
export class OrderEventsController {
  constructor(private readonly requestMail: RequestMail) {}

  @OnMessage('notifications-events', 'OrderConfirmed')
  async confirmed(event: Envelope<'OrderConfirmed'>): Promise<void> {
    await this.requestMail.for(event);
  }

  @OnMessage('notifications-events', 'OrderRejected')
  async rejected(event: Envelope<'OrderRejected'>): Promise<void> {
    await this.requestMail.for(event);
  }

  @OnMessage('notifications-events', 'OrderCancelled')
  async cancelled(event: Envelope<'OrderCancelled'>): Promise<void> {
    await this.requestMail.for(event);
  }

  @OnMessage('notifications-events', 'OrderShipped')
  async shipped(event: Envelope<'OrderShipped'>): Promise<void> {
    await this.requestMail.for(event);
  }

  /** The parcel itself tells the customer. */
  @OnMessage('notifications-events', 'OrderDelivered')
  async delivered(): Promise<void> {}
}
