import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '#libs/kernel/failpoints.js';
import { logger } from '#libs/telemetry/logger.js';
import { Charges } from '../charges.js';
import { CONFIG, type PaymentsConfig } from '../config.js';
import { ReconcileCharge } from '../reconcile-charge/reconcile-charge.js';
import type { Charge, EventOutcome } from '../schema.js';
import { parsePaymentEvent, type PaymentReport } from './parse-payment-event.js';
import { PaymentEvents } from './payment-events.js';
import { readReport } from './read-report.js';
import { verifiedEvent, type Webhook } from './verify-signature.js';

/** Takes what the payment provider reports: verified, stored, and compared with its charge. */
@Injectable()
export class ReceivePaymentWebhook {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<PaymentsConfig, 'WAYBILL_PAYMENT_WEBHOOK_SECRET'>,
    private readonly events: PaymentEvents,
    private readonly charges: Charges,
    private readonly reconcile: ReconcileCharge,
  ) {}

  /**
   * Returns only once the event is stored and its charge is up to date. Receiving it again changes nothing.
   * @throws WaybillError UNAUTHENTICATED for a signature that is missing, forged or stale; INVALID_REQUEST;
   *   UNAVAILABLE or DEADLINE_EXCEEDED: stored, but the provider could not be asked; when it sends the event again it is.
   */
  async execute(webhook: Webhook): Promise<{ duplicate: boolean }> {
    const event = parsePaymentEvent(verifiedEvent(webhook, this.config.WAYBILL_PAYMENT_WEBHOOK_SECRET));
    const before = await this.events.store(event);
    await failpoint('receive-payment-webhook.after-store', event.report?.intentId);
    // Also for one that came before: whoever stored it may have died before comparing it.
    if (event.report && (before ?? 'waiting') === 'waiting') {
      await this.events.settle(event.id, await this.apply(event.id, event.report));
    }
    await failpoint('receive-payment-webhook.before-reply', event.report?.intentId);
    return { duplicate: before !== undefined };
  }

  private async apply(eventId: string, report: PaymentReport): Promise<EventOutcome> {
    const charge = await this.charges.findReported(report.intentId, report.orderId);
    if (charge === undefined) return 'unknown';
    const reading = readReport(charge, report);
    if (reading === 'look') return this.look(charge);
    if (reading === 'contradicting') {
      const fields = { paymentEvent: eventId, orderId: charge.order_id, state: charge.state, said: report.said };
      logger().error(
        fields,
        'the provider reports what must not be: compare the charge there, and put it right by hand',
      );
    }
    return reading;
  }

  private async look(charge: Charge): Promise<EventOutcome> {
    const { state, version } = await this.reconcile.execute(charge);
    return state === charge.state && version === charge.version ? 'stale' : 'applied';
  }
}
