import type { PricedLineData } from '#libs/contracts/events.js';
import type { DocumentContent } from '../issue-documents/document.js';

export const eur = (amount: number) => ({ amount, currency: 'EUR' });

export function pricedLine(name: string, quantity: number, price: number): PricedLineData {
  const sku =
    name
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, '-')
      .slice(0, 40) || 'ITEM';
  return { sku, name, quantity, unitPrice: eur(price), lineTotal: eur(quantity * price) };
}

const LINES = [
  pricedLine('Enamel mug', 2, 1_240),
  pricedLine('Espresso beans, 1 kg', 1, 2_190),
  pricedLine('Gooseneck kettle', 1, 6_900),
];

/** An invoice as a customer gets it, with what a test says otherwise. */
export function sampleInvoice(changes: Partial<DocumentContent> = {}): DocumentContent {
  const lines = changes.lines ?? LINES;
  return {
    number: 'INV-2026-000042',
    kind: 'invoice',
    issuedOn: '2026-11-20',
    order: { id: '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10', placedOn: '2026-11-20' },
    seller: {
      name: 'Waybill Example Shop',
      address: ['Example Street 1', '04109 Leipzig', 'Germany'],
      taxId: 'DE000000000',
      email: 'billing@waybill.example',
      taxNote: 'All prices include value added tax.',
    },
    recipient: {
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      address: { name: 'Ada Lovelace', line1: 'Marktplatz 1', city: 'Leipzig', postalCode: '04109', country: 'DE' },
    },
    lines,
    total: eur(lines.reduce((sum, { lineTotal }) => sum + lineTotal.amount, 0)),
    payment: { on: '2026-11-20', method: 'pm_ok', provider: 'stripe', reference: 'pi_3QK2eZ2eZvKYlo2C' },
    ...changes,
  };
}

export function sampleCreditNote(changes: Partial<DocumentContent> = {}): DocumentContent {
  const { number, issuedOn, total } = sampleInvoice(changes);
  return sampleInvoice({
    kind: 'credit-note',
    number: 'CN-2026-000007',
    invoice: { number, issuedOn, total },
    ...changes,
  });
}
