import { Controller } from '@nestjs/common';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import { RememberPurchases } from './remember-purchases.js';

/** Listens to orders. */
@Controller()
export class PurchasesController {
  constructor(private readonly purchases: RememberPurchases) {}

  @OnMessage('catalog-orders', 'OrderConfirmed')
  async confirmed(event: Envelope<'OrderConfirmed'>): Promise<void> {
    await this.purchases.execute(event);
  }
}
