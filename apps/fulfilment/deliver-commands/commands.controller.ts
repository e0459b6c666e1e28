import { Controller } from '@nestjs/common';
import type { EventData } from '#libs/contracts/events.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import { amendUpdate, cancelUpdate } from '#workflows/fulfil-order/contract.js';
import { DeliverCommand } from './deliver-command.js';

/** Takes what people ask of orders that they have placed. */
@Controller()
export class CommandsController {
  constructor(private readonly deliver: DeliverCommand) {}

  /** One that is started for this waits for no room: it is on its way out. */
  @OnMessage('order-processing', 'CancelRequested')
  async cancelRequested({ data }: Envelope<'CancelRequested'>): Promise<void> {
    const { order, commandId, requestedBy } = data;
    await this.deliver.execute(order, { name: 'cancel', update: cancelUpdate, request: { commandId, requestedBy } });
  }

  @OnMessage('order-processing', 'AmendRequested')
  async amendRequested({ data }: Envelope<'AmendRequested'>): Promise<void> {
    const { order, orderId: _, ...request }: EventData['AmendRequested'] = data;
    await this.deliver.execute(order, { name: 'amend', update: amendUpdate, request, waitsForRoom: true });
  }
}
