import type { Generated, JSONColumnType } from 'kysely';
import type { AddressData, PricedLineData } from '#libs/contracts/events.js';
import type { DocumentContent, DocumentKind } from './issue-documents/document.js';

/** What was ordered: as far as a document needs it. */
export interface OrdersTable {
  readonly order_id: string;
  readonly customer_id: string;
  readonly items: JSONColumnType<readonly PricedLineData[]>;
  /** Smallest unit of `currency`. */
  readonly total: number;
  readonly currency: string;
  readonly address: JSONColumnType<AddressData>;
  readonly payment_method: string;
  readonly placed_at: Date;
  /** The order's version that this is from. */
  readonly version: number;
}

/** Of an order that cannot be amended any more: the version in which its items and its address are for good. */
export interface FinalVersionsTable {
  readonly order_id: string;
  readonly version: number;
}

/** What the money did, by payments' own count. One without a document waits for it. */
export interface MovementsTable {
  readonly order_id: string;
  readonly sequence: number;
  readonly kind: 'capture' | 'refund';
  readonly amount: number;
  readonly currency: string;
  readonly provider: string | null;
  readonly reference: string | null;
  readonly happened_at: Date;
}

/** The last number given of each kind and year. */
export interface CountersTable {
  readonly kind: DocumentKind;
  readonly year: number;
  readonly last: number;
}

export interface DocumentsTable {
  readonly number: string;
  readonly kind: DocumentKind;
  readonly year: number;
  readonly serial: number;
  readonly order_id: string;
  readonly customer_id: string;
  /** The sequence of the movement that it is for. */
  readonly movement: number;
  /** Which document of its order it is, from 1. */
  readonly place: number;
  readonly total: number;
  readonly currency: string;
  /** A credit note's invoice. */
  readonly invoice: string | null;
  readonly content: JSONColumnType<DocumentContent>;
  readonly issued_at: Generated<Date>;
}

export interface BillingSchema {
  readonly orders: OrdersTable;
  readonly final_versions: FinalVersionsTable;
  readonly movements: MovementsTable;
  readonly counters: CountersTable;
  readonly documents: DocumentsTable;
}
