import type { MailData } from '#libs/contracts/events.js';
import type { Contact } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import type { Mail } from '../deliver-mails/mail-port.js';
import { asHtml } from './as-html.js';
import { asText } from './as-text.js';
import { letterFor } from './letter.js';

export interface MailRequest {
  readonly id: string;
  readonly requestedAt: Date;
  readonly data: MailData;
  readonly contact: Pick<Contact, 'name' | 'email'>;
  /** The address it comes from. */
  readonly sender: string;
}

/** The same request gives the same mail, byte for byte: a repeat is seen as one. */
export function composeMail({ id, requestedAt, data, contact, sender }: MailRequest): Mail {
  const letter = letterFor(data, contact.name);
  return {
    id,
    messageId: `${id}@${sender.slice(sender.lastIndexOf('@') + 1)}`,
    from: { name: 'Waybill', address: sender },
    to: { name: contact.name, address: contact.email },
    date: requestedAt,
    subject: letter.subject,
    text: asText(letter),
    html: asHtml(letter),
  };
}
