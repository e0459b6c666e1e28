import { Controller } from '@nestjs/common';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import { StartFulfilment } from './start-fulfilment.js';

/** Takes what customers have asked for. */
@Controller()
export class PlacedOrdersController {
  constructor(private readonly starting: StartFulfilment) {}

  @OnMessage('order-processing', 'OrderPlaced')
  async placed({ data }: Envelope<'OrderPlaced'>): Promise<void> {
    await this.starting.execute(data);
  }
}
