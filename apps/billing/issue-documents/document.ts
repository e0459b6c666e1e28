import type { AddressData, PricedLineData } from '#libs/contracts/events.js';
import type { Money } from '#libs/contracts/money.js';

export type DocumentKind = 'invoice' | 'credit-note';

export interface Seller {
  readonly name: string;
  readonly address: readonly string[];
  readonly taxId: string;
  readonly email: string;
  readonly taxNote: string;
}

export interface Recipient {
  readonly name: string;
  readonly email: string | null;
  readonly address: AddressData;
}

/** All that a document says. It is stored as it was issued, and says the same for ever. Dates are `yyyy-mm-dd`. */
export interface DocumentContent {
  readonly number: string;
  readonly kind: DocumentKind;
  readonly issuedOn: string;
  readonly order: { readonly id: string; readonly placedOn: string };
  readonly seller: Seller;
  readonly recipient: Recipient;
  /** They add up to the total. */
  readonly lines: readonly PricedLineData[];
  readonly total: Money;
  /** How the money came, or went back. */
  readonly payment: {
    readonly on: string;
    readonly method: string;
    readonly provider: string | null;
    readonly reference: string | null;
  };
  /** What a credit note takes back. */
  readonly invoice?: { readonly number: string; readonly issuedOn: string; readonly total: Money };
}

const PREFIX: Readonly<Record<DocumentKind, string>> = { invoice: 'INV', 'credit-note': 'CN' };

/** `INV-2026-000001`. */
export function numberOf(kind: DocumentKind, year: number, serial: number): string {
  return `${PREFIX[kind]}-${year}-${String(serial).padStart(6, '0')}`;
}
