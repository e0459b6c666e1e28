import { Inject, Injectable } from '@nestjs/common';
import type { Contact, CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import type { ResilientClient } from '#libs/resilience/resilience.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { isId } from '#libs/kernel/ids.js';
import type { Envelope } from '#libs/messaging/envelope.js';
import { Busy, Poison } from '#libs/messaging/failures.js';
import { logger } from '#libs/telemetry/logger.js';
import { counter } from '#libs/telemetry/metrics.js';
import { composeMail } from '../compose-mails/compose-mail.js';
import { MAIL_PORT, type MailPort } from '../deliver-mails/mail-port.js';
import type { MailOutcome } from '../schema.js';
import { MailRecords } from './mail-records.js';

export const CUSTOMERS = Symbol('CUSTOMERS');
export const SENDER = Symbol('SENDER');
export type Customers = ResilientClient<'notifications', 'customers', typeof CustomerServiceService>;

const settled = counter('waybill_mails_total', 'Mails that were asked for, by what became of them', [
  'mail',
  'outcome',
]);

/** Sends the mails that were asked for: each once, but for a crash between sending and noting it; then the same mail goes again. */
@Injectable()
export class SendMail {
  constructor(
    @Inject(CUSTOMERS) private readonly customers: Customers,
    @Inject(MAIL_PORT) private readonly port: MailPort,
    @Inject(SENDER) private readonly sender: string,
    private readonly records: MailRecords,
  ) {}

  async for(request: Envelope<'MailRequested'>): Promise<void> {
    const { mail } = request.data;
    if (!isId(request.subject)) throw new Poison('malformed', 'The subject of MailRequested is no mail’s id');
    const claim = await this.records.claim(request);
    if (claim === 'settled') return;
    if (claim === 'busy') throw new Busy(`Mail ${request.subject} is being sent; this copy waits for the outcome`);
    const outcome = await this.send(request).catch(async (error: unknown) => {
      await this.records.release(request.subject);
      throw error;
    });
    await failpoint('send-mail.after-delivery');
    await this.records.settle(request.subject, outcome);
    settled.inc({ mail, outcome });
    logger().info({ mailId: request.subject, mail, outcome }, 'mail settled');
  }

  private async send(request: Envelope<'MailRequested'>): Promise<MailOutcome> {
    const contact = await this.contactOf(request.data.customerId);
    if (!contact.wantsOrderMail) return 'unwanted';
    const { subject: id, occurredAt, data } = request;
    await this.port.send(composeMail({ id, requestedAt: new Date(occurredAt), data, contact, sender: this.sender }));
    return 'sent';
  }

  private async contactOf(customerId: string): Promise<Contact> {
    try {
      return await this.customers.getContact({ customerId });
    } catch (error) {
      if (isWaybillError(error, 'NOT_FOUND'))
        throw new Poison('refused', `Nobody knows customer ${customerId}`, { cause: error });
      throw error;
    }
  }
}
