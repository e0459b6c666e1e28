import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '#libs/kernel/failpoints.js';
import { requireSignature } from '#libs/security/webhook-signature.js';
import { Shipments } from '../shipment/shipments.js';
import { CONFIG, type ShippingConfig } from '../shipping.config.js';
import { CarrierEvents } from './carrier-events.js';
import { parseCarrierEvent } from './parse-carrier-event.js';

export interface Webhook {
  /** As it came, byte for byte. */
  readonly body: Uint8Array;
  readonly signature: string;
}

/** Takes what the carrier reports: verified, stored, and applied to its shipment as soon as there is one. */
@Injectable()
export class ReceiveCarrierWebhook {
  constructor(
    @Inject(CONFIG) private readonly config: ShippingConfig,
    private readonly shipments: Shipments,
    private readonly events: CarrierEvents,
  ) {}

  /**
   * Returns only once the event is stored. Receiving it again changes nothing.
   * @throws WaybillError UNAUTHENTICATED for a signature that is missing, forged or stale; INVALID_REQUEST.
   */
  async execute({ body, signature }: Webhook): Promise<{ duplicate: boolean }> {
    requireSignature({ header: signature, body, secrets: this.config.WAYBILL_CARRIER_WEBHOOK_SECRET });
    const text = Buffer.from(body).toString('utf8');
    const event = parseCarrierEvent(text);
    const isNew = await this.events.store(event, text);
    // Also for one that came before: whoever stored it may have died before applying it.
    const shipment = event.report && (await this.shipments.findByReference(event.report.reference));
    await failpoint('receive-webhook.after-store', shipment?.order_id);
    if (shipment) await this.events.applyWaiting(shipment);
    await failpoint('receive-webhook.before-reply', shipment?.order_id);
    return { duplicate: !isNew };
  }
}
