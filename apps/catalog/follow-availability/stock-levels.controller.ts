import { Controller } from '@nestjs/common';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import { FollowAvailability } from './follow-availability.js';

/** Listens to inventory. */
@Controller()
export class StockLevelsController {
  constructor(private readonly availability: FollowAvailability) {}

  @OnMessage('catalog-availability', 'StockLevelChanged')
  async stockLevelChanged(event: Envelope<'StockLevelChanged'>): Promise<void> {
    await this.availability.execute(event);
  }
}
