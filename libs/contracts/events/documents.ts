import { z } from 'zod';
import { event } from './define-event.js';
import { id, money } from './values.js';

const issued = {
  orderId: id,
  customerId: id,
  /** `INV-2026-000001`: gap-free within its kind and year. */
  number: z.string(),
  /** The document's date, as the seller's calendar has it. */
  issuedOn: z.iso.date(),
  total: money,
};

/** What was invoiced and credited: subject is the order, sequence counts its documents. */
export const DOCUMENT_EVENTS = {
  InvoiceIssued: event('billing', z.object(issued).readonly()),
  CreditNoteIssued: event(
    'billing',
    z
      .object({
        ...issued,
        /** The number of the invoice that it takes back, in whole or in part. */ invoice: z.string(),
      })
      .readonly(),
  ),
};
