import { Controller } from '@nestjs/common';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import { RequestCancel } from './request-cancel.js';

/** Takes what people ask of orders that they have placed. */
@Controller()
export class CancelRequestsController {
  constructor(private readonly requesting: RequestCancel) {}

  @OnMessage('order-processing', 'CancelRequested')
  async cancelRequested({ data }: Envelope<'CancelRequested'>): Promise<void> {
    await this.requesting.execute(data);
  }
}
