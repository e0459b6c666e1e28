import { z } from 'zod';
import { amount, customerId, money, nextCursor, orderId, quantity, sku, text, timestamp, version } from './fields.js';

export const ORDER_STATUSES = [
  'PENDING',
  'RESERVED',
  'PAID',
  'CONFIRMED',
  'PARTIALLY_SHIPPED',
  'SHIPPED',
  'DELIVERED',
  'REJECTING',
  'REJECTED',
  'CANCELLING',
  'CANCELLED',
  'RETURNED',
  'REFUNDED',
] as const;

export const ENDING_REASONS = [
  'OUT_OF_STOCK',
  'PAYMENT_DECLINED',
  'INSUFFICIENT_FUNDS',
  'NOT_SERVED',
  'REVIEW_DENIED',
  'CANCELLED_BY_CUSTOMER',
  'FULFILMENT_FAILED',
] as const;

const line = z.strictObject({ sku, quantity });

const shippingAddress = z.strictObject({
  name: text(100),
  line1: text(200),
  city: text(100),
  postalCode: text(20),
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code such as DE'),
});

/** An order that anybody may place. */
const EXAMPLE = {
  items: [{ sku: 'MUG-ENAMEL', quantity: 2 }],
  paymentMethod: 'pm_ok',
  shippingAddress: { name: 'Ada Lovelace', line1: 'Marktplatz 1', city: 'Leipzig', postalCode: '04109', country: 'DE' },
};

export const placeOrderBody = z
  .strictObject({
    customerId: customerId
      .optional()
      .meta({ description: 'The caller itself when absent. Naming another customer takes an operator.' }),
    items: z
      .array(line)
      .min(1)
      .max(100)
      .refine((lines) => new Set(lines.map((item) => item.sku)).size === lines.length, 'each sku must appear once')
      .meta({ description: 'Each sku once.' }),
    paymentMethod: z
      .string()
      .regex(/^pm_[A-Za-z0-9_]{1,100}$/, 'must be a payment method such as pm_ok')
      .meta({ description: 'A payment method of the payment provider.' }),
    shippingAddress,
    shippingMethod: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a shipping method such as standard')
      .optional()
      .meta({ description: '`standard` when absent.' }),
  })
  .meta({ description: 'What to buy, how to pay, where to send it.', examples: [EXAMPLE] });

const pricedLine = z.object({ sku, name: z.string(), quantity, unitPrice: amount, lineTotal: amount });

const payment = z.object({
  status: z.enum(['NONE', 'AUTHORISING', 'CAPTURED', 'REFUNDING', 'REFUNDED', 'DECLINED']),
  captured: amount,
  refunded: amount,
});

const shipment = z.object({
  id: z.string(),
  status: z.enum(['SCHEDULED', 'DISPATCHED', 'DELIVERED', 'CANCELLED', 'LOST']),
  tracking: z.string(),
  items: z.array(z.object({ sku, quantity })),
});

const attention = z.object({ since: timestamp, step: z.string(), reason: z.string() });

export const order = z
  .object({
    id: orderId,
    customerId,
    status: z.enum(ORDER_STATUSES),
    reason: z.enum(ENDING_REASONS).optional().meta({ description: 'Why it was rejected or cancelled.' }),
    version: version.meta({ description: 'Grows by one with each change.' }),
    items: z.array(pricedLine).meta({ description: 'Amounts are in the smallest unit of `total.currency`.' }),
    total: money,
    payment,
    shipments: z.array(shipment),
    needsAttention: attention
      .nullable()
      .meta({ description: 'Set while an operator has to look at it; the status stays true.' }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ description: 'An order, as its customer sees it.' });

export const orderPage = z.object({ items: z.array(order), nextCursor }).meta({ description: 'Orders, newest first.' });

const timelineEntry = z.object({
  at: timestamp,
  kind: z.enum(['step', 'undo', 'command', 'fact']),
  step: z.string().meta({ examples: ['reserve-inventory'] }),
  attempt: z.int().min(0).meta({ description: 'From 1; 0 where there are no attempts.' }),
  outcome: z.enum(['ok', 'failed', 'refused', 'timed_out']),
  durationMs: z.int().min(0).nullable().meta({ description: 'Null where it is not known.' }),
  detail: z.string(),
});

export const timeline = z
  .object({ items: z.array(timelineEntry) })
  .meta({ description: 'Every step, attempt, compensation and command of an order, oldest first.' });

export const cancelOrderBody = z
  .strictObject({
    reason: text(500).optional().meta({ description: 'In your own words; the order’s timeline shows it.' }),
  })
  .meta({ description: 'Why the order is to be cancelled.', examples: [{ reason: 'Ordered twice' }] });

export const amendOrderBody = z
  .strictObject({
    items: z
      .array(line)
      .min(1)
      .max(100)
      .refine((lines) => new Set(lines.map((item) => item.sku)).size === lines.length, 'each sku must appear once')
      .exactOptional()
      .meta({ description: 'New quantities of lines that the order has. A line that is left out stays as it is.' }),
    shippingAddress: shippingAddress.exactOptional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'name items, or a shippingAddress')
  .meta({
    description: 'What is to be changed: at least one of both.',
    examples: [{ items: [{ sku: 'MUG-ENAMEL', quantity: 3 }] }],
  });

export const command = z
  .object({
    command: z.uuid().meta({ description: 'The same for every request with the same Idempotency-Key.' }),
    status: z.enum(['pending', 'accepted']),
    version: version.meta({ description: 'Of the order.' }),
  })
  .meta({ description: 'What was asked for, and whether it is decided.' });

export type CancelOrderBody = z.input<typeof cancelOrderBody>;
export type AmendOrderBody = z.input<typeof amendOrderBody>;
export type Command = z.output<typeof command>;
export type PlaceOrderBody = z.input<typeof placeOrderBody>;
export type OrderStatus = (typeof ORDER_STATUSES)[number];
export type EndingReason = (typeof ENDING_REASONS)[number];
export type Order = z.output<typeof order>;
export type OrderPage = z.output<typeof orderPage>;
export type Timeline = z.output<typeof timeline>;
export type TimelineEntry = Timeline['items'][number];

const TERMINAL: ReadonlySet<OrderStatus> = new Set(['DELIVERED', 'REJECTED', 'CANCELLED', 'RETURNED', 'REFUNDED']);

/** True when the order stays as it is, unless somebody asks for something new. */
export function isTerminal(status: OrderStatus): boolean {
  return TERMINAL.has(status);
}
