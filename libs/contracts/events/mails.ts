import { z } from 'zod';
import { event, revised } from './define-event.js';
import { endingReason, id, money, orderedLines, pricedLine } from './values.js';

const about = { orderId: id, customerId: id };
const confirmed = z
  .object({
    ...about,
    mail: z.literal('order-confirmed'),
    items: z.array(pricedLine).readonly(),
    total: money,
    /** The carrier's numbers, one per parcel. */
    tracking: z.array(z.string()).readonly(),
  })
  .readonly();
const undone = z
  .object({ ...about, mail: z.enum(['order-rejected', 'order-cancelled']), reason: endingReason, ...orderedLines })
  .readonly();

const shipped = z.object({ ...about, mail: z.literal('order-shipped') }).readonly();

const firstMails = z.discriminatedUnion('mail', [confirmed, undone]);

/** A mail to be sent, with all it says but the customer's name and address: those are asked for when it is sent. */
const mail = z.discriminatedUnion('mail', [confirmed, undone, shipped]);
export type MailData = z.infer<typeof mail>;

/** Subject: the mail's id. */
export const MAIL_EVENTS = { MailRequested: revised(event('notifications', firstMails), mail, (data) => data) };
