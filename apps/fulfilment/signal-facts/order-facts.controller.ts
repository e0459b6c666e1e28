import { Controller } from '@nestjs/common';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import type { Fact } from '#workflows/fulfil-order/contract.js';
import { SignalFact } from './signal-fact.js';

type ShipmentFact = Envelope<'ShipmentDispatched' | 'ShipmentDelivered' | 'ShipmentLost'>;

/** Takes what the carrier reports. */
@Controller()
export class OrderFactsController {
  constructor(private readonly signalling: SignalFact) {}

  @OnMessage('order-facts', 'ShipmentDispatched')
  async dispatched(fact: Envelope<'ShipmentDispatched'>): Promise<void> {
    await this.signal(fact, 'dispatched');
  }

  @OnMessage('order-facts', 'ShipmentDelivered')
  async delivered(fact: Envelope<'ShipmentDelivered'>): Promise<void> {
    await this.signal(fact, 'delivered');
  }

  @OnMessage('order-facts', 'ShipmentLost')
  async lost(fact: Envelope<'ShipmentLost'>): Promise<void> {
    await this.signal(fact, 'lost');
  }

  private async signal({ id, data: { orderId, shipmentId, at } }: ShipmentFact, kind: Fact['kind']): Promise<void> {
    await this.signalling.execute(orderId, { factId: id, kind, shipmentId, occurredAt: at });
  }
}
