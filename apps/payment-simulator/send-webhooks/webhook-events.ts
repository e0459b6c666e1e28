import { Inject, Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { newId } from '#libs/kernel/ids.js';
import { CONFIG, type PaymentSimulatorConfig } from '../config.js';
import type { PaymentSimulatorSchema } from '../schema.js';
import { seconds } from '../stripe-api/objects.js';

export type WebhookEventType = 'payment_intent.succeeded' | 'payment_intent.payment_failed' | 'charge.refunded';

/** What happened, written in the transaction in which it happened; sent later, until somebody has taken it. */
@Injectable()
export class WebhookEvents {
  private readonly wanted: boolean;

  constructor(@Inject(CONFIG) config: PaymentSimulatorConfig) {
    this.wanted = config.WAYBILL_PAYMENT_WEBHOOK_URL !== undefined;
  }

  async record(trx: Transaction<PaymentSimulatorSchema>, type: WebhookEventType, object: object): Promise<void> {
    if (!this.wanted) return;
    const id = `evt_${newId().replaceAll('-', '')}`;
    const event = {
      id,
      object: 'event',
      created: seconds(new Date()),
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      type,
    };
    await trx
      .insertInto('webhook_events')
      .values({ id, type, body: JSON.stringify(event) })
      .execute();
  }
}
