import { z } from 'zod';
import { unreachable } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { parse } from '#libs/kernel/parse.js';

/** What the provider says of the money of an intent. */
export type Said = 'charged' | 'not-charged' | 'refunded' | 'refund-failed';

export interface PaymentReport {
  readonly intentId: string;
  /** Ours, as the intent carries it. */
  readonly orderId: OrderId | null;
  readonly said: Said;
}

/** An event of the provider; without a report when it says nothing about a charge. */
export interface PaymentEvent {
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly report: PaymentReport | null;
}

const LAST_SECOND = 253_402_300_799; // of the year 9999
const word = z.string().regex(/^[\w.-]{1,200}$/);
const anyEvent = z.object({
  id: word,
  type: word,
  created: z
    .int()
    .min(0)
    .max(LAST_SECOND)
    .transform((seconds) => new Date(seconds * 1_000)),
  data: z.object({ object: z.unknown() }),
});

const metadata = z
  .object({ order_id: z.uuid() })
  .transform(({ order_id }) => order_id as OrderId)
  .nullable()
  .catch(null);
const reported = z.discriminatedUnion('object', [
  z.object({ object: z.literal('payment_intent'), id: word, status: z.string(), metadata }),
  z.object({
    object: z.literal('charge'),
    payment_intent: word,
    status: z.string(),
    amount_refunded: z.int().min(0),
    metadata,
  }),
  z.object({ object: z.literal('refund'), payment_intent: word, status: z.string().nullable(), metadata }),
]);

/**
 * Reads an event of the provider.
 * @throws WaybillError INVALID_REQUEST when it is none. Events about other things are events without a report.
 */
export function parsePaymentEvent(event: unknown): PaymentEvent {
  const { id, type, created: at, data } = parse(anyEvent, event);
  const { data: about } = reported.safeParse(data.object);
  if (!about) return { id, type, at, report: null };
  const intentId = about.object === 'payment_intent' ? about.id : about.payment_intent;
  return { id, type, at, report: { intentId, orderId: about.metadata, said: saidBy(about) } };
}

function saidBy(about: z.infer<typeof reported>): Said {
  switch (about.object) {
    case 'payment_intent':
      return about.status === 'succeeded' ? 'charged' : 'not-charged';
    case 'charge':
      if (about.status !== 'succeeded') return 'not-charged';
      return about.amount_refunded > 0 ? 'refunded' : 'charged';
    case 'refund':
      return about.status === 'failed' || about.status === 'canceled' ? 'refund-failed' : 'refunded';
    default:
      return unreachable(about);
  }
}
