import { z } from 'zod';

/** Identifiers are opaque to those who only hear of them. */
export const id = z.string().min(1);
/** ISO 8601, with its offset. */
export const time = z.iso.datetime({ offset: true });
export const quantity = z.int().min(1);

/** An amount in the smallest unit of its currency. */
export const money = z.object({ amount: z.int(), currency: z.string().regex(/^[A-Z]{3}$/) }).readonly();

export const address = z
  .object({
    name: z.string(),
    line1: z.string(),
    city: z.string(),
    postalCode: z.string(),
    /** ISO 3166-1 alpha-2. */
    country: z.string(),
  })
  .readonly();
export type AddressData = z.infer<typeof address>;

const lineFields = { sku: id, quantity };

export const line = z.object(lineFields).readonly();
export type LineData = z.infer<typeof line>;

export const pricedLine = z.object({ ...lineFields, name: z.string(), unitPrice: money, lineTotal: money }).readonly();
export type PricedLineData = z.infer<typeof pricedLine>;

export const stockLine = z.object({ ...lineFields, warehouse: id }).readonly();
export type StockLineData = z.infer<typeof stockLine>;

export const shipment = z
  .object({ id, tracking: z.string(), items: z.array(line).readonly(), deliverBy: time })
  .readonly();
export type ShipmentData = z.infer<typeof shipment>;

export const rejectionReason = z.enum([
  'OUT_OF_STOCK',
  'PAYMENT_DECLINED',
  'INSUFFICIENT_FUNDS',
  'NOT_SERVED',
  'REVIEW_DENIED',
  /** A step failed for technical reasons on every attempt. */
  'FULFILMENT_FAILED',
]);
export type RejectionReason = z.infer<typeof rejectionReason>;

export const endingReason = z.enum([...rejectionReason.options, 'CANCELLED_BY_CUSTOMER']);
export type EndingReason = z.infer<typeof endingReason>;

/** What had been ordered, for those who tell the customer about its end. */
export const orderedLines = { items: z.array(pricedLine).readonly().exactOptional(), total: money.exactOptional() };
