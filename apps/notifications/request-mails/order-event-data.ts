import { z } from 'zod';
import type { Envelope } from '#libs/messaging/envelope.js';
import { Poison } from '#libs/messaging/failures.js';

const money = z.object({ amount: z.int(), currency: z.string().length(3) });
const lines = z.array(
  z.object({ sku: z.string(), name: z.string(), quantity: z.int(), unitPrice: money, lineTotal: money }),
);
const about = z.object({ orderId: z.uuid(), customerId: z.string().min(1) });

const reason = z.enum([
  'OUT_OF_STOCK',
  'PAYMENT_DECLINED',
  'INSUFFICIENT_FUNDS',
  'NOT_SERVED',
  'REVIEW_DENIED',
  'FULFILMENT_FAILED',
  'CANCELLED_BY_CUSTOMER',
]);

const confirmed = about.extend({ items: lines, total: money, shipments: z.array(z.object({ tracking: z.string() })) });
const ending = about.extend({ reason, items: lines.exactOptional(), total: money.exactOptional() });

const mailData = z.discriminatedUnion('mail', [
  about.extend({ mail: z.literal('order-confirmed'), items: lines, total: money, tracking: z.array(z.string()) }),
  ending.extend({ mail: z.enum(['order-rejected', 'order-cancelled']) }),
]);

export const readConfirmed = readerOf(confirmed);
export const readEnding = readerOf(ending);
export const readMailData = readerOf(mailData);

/** Reads what this service needs of an event; more may be there. What is not there is poison: no repetition brings it. */
function readerOf<Schema extends z.ZodType>(schema: Schema): (event: Envelope) => z.output<Schema> {
  return ({ type, data }) => {
    const result = schema.safeParse(data);
    if (result.success) return result.data;
    const fields = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Poison('malformed', `${type} lacks what a mail needs: ${fields.join('; ')}`);
  };
}
