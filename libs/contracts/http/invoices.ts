import { z } from 'zod';
import { money, orderId, timestamp } from './fields.js';

export const documentNumber = z
  .string()
  .regex(/^(INV|CN)-\d{4}-\d{6,9}$/, 'must be a number such as INV-2026-000001')
  .meta({ examples: ['INV-2026-000001'] });

const invoice = z.object({
  number: documentNumber.meta({ description: 'Gap-free within its kind and year.' }),
  kind: z.enum(['invoice', 'credit-note']),
  orderId,
  total: money,
  issuedOn: z.iso.date().meta({ description: 'The date that stands on it.' }),
  issuedAt: timestamp,
  invoice: documentNumber.nullable().meta({ description: 'What a credit note takes back.' }),
});

export const invoiceList = z
  .object({ items: z.array(invoice) })
  .meta({ description: 'The invoices and credit notes of an order, in the order in which they were issued.' });

export type Invoice = z.output<typeof invoice>;
export type InvoiceList = z.output<typeof invoiceList>;
