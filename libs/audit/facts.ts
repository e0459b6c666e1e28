import type { OrderStatus } from '#libs/contracts/http/orders.js';

/** What the services' databases, the provider's ledger and the carrier say about one order id, as far as the invariants need it. */
export interface OrderFacts {
  readonly id: string;
  /** A client got a 2xx for it: so says whoever asks. */
  readonly accepted?: object;
  /** A client got a 2xx for it: so says the answer that orders keeps for a while. */
  readonly answered?: object;
  readonly order?: OrderFact;
  readonly log?: LogFact;
  readonly reservation?: ReservationFact;
  readonly charge?: ChargeFact;
  readonly ledger?: LedgerFact;
  readonly documents?: DocumentsFact;
  readonly shipment?: ShipmentFact;
  /** As order-view lists it. */
  readonly viewed?: ViewedFact;
  /** As order-view tells it. */
  readonly timeline?: TimelineFact;
  readonly parcels?: ParcelFact;
}

/** An order as it is shown. Amounts are in the smallest unit. */
export interface OrderFact {
  readonly status: OrderStatus;
  readonly total: number;
  readonly currency: string;
  readonly customer: string;
  /** Digest of what was placed; null where it was recorded in an older shape than a read model has it. */
  readonly placed: string | null;
  /** Digest of its progress. */
  readonly progress: string;
  /** `sku×quantity`, by SKU. */
  readonly items: string;
  /** Captured less refunded. */
  readonly paid: number;
  readonly version: number;
  /** Milliseconds since it was placed, by the database's clock. */
  readonly ageMs: number;
  readonly needsAttention: boolean;
  /** True once the promised day has passed. */
  readonly overdue: boolean;
}

/** What the log says of it. */
export interface LogFact {
  readonly events: number;
  readonly latest: number;
  /** The types of its events in their order, without the steps' attempts. */
  readonly turns: string;
  /** What its timeline has to be, entry by entry. */
  readonly entries: string;
}

export interface ViewedFact {
  readonly version: number;
  readonly status: string;
  readonly customer: string;
  readonly placed: string;
  readonly progress: string;
}

export interface TimelineFact {
  readonly version: number;
  readonly entries: string;
}

/** Of one SKU in one hour. */
export interface SalesFact {
  /** Milliseconds since the epoch. */
  readonly hour: number;
  readonly sku: string;
  readonly currency: string;
  readonly ordered: number;
  readonly sold: number;
  readonly undone: number;
  readonly revenue: number;
}

export interface ReservationFact {
  readonly state: 'held' | 'reserved' | 'released' | 'shipped';
  /** As an order's items. */
  readonly items: string | null;
}

export interface ChargeFact {
  readonly state: 'STARTED' | 'CAPTURED' | 'DECLINED' | 'SETTLING' | 'VOIDED' | 'REFUNDED';
  readonly captured: number;
  readonly refunded: number;
}

export interface LedgerFact {
  readonly charges: number;
  readonly captured: number;
  readonly refunded: number;
  /** As ISO 4217 has them, in upper case; more than one is wrong by itself. */
  readonly currencies: readonly string[];
}

/** What its invoices and credit notes add up to. */
export interface DocumentsFact {
  readonly invoiced: number;
  readonly credited: number;
}

/** The documents of one kind and year. */
export interface NumberingFact {
  readonly kind: string;
  readonly year: number;
  readonly count: number;
  readonly highest: number;
  /** As their counter has it. */
  readonly last: number;
}

export interface ShipmentFact {
  readonly state: string;
}

/** Parcels that the carrier has sold a label for and not taken back. */
export interface ParcelFact {
  readonly count: number;
}

/** What is not of one order. */
export interface SystemFacts {
  readonly stock: readonly StockFact[];
  /** What the reservations add up to, by place: `sku@warehouse`. Absent where they were not added up. */
  readonly allocated?: ReadonlyMap<string, Allocation>;
  /** What the catalogue shows as available, by place. */
  readonly shown: ReadonlyMap<string, number>;
  readonly numbering: readonly NumberingFact[];
  /** Messages in the outbox, by service. */
  readonly outboxes: ReadonlyMap<string, Backlog>;
  readonly deadLetters: DeadLetterFacts;
  /** Messages per queue of the broker; empty when its management API cannot be asked. */
  readonly queues: ReadonlyMap<string, number>;
}

/** Those that nobody has replayed or discarded. */
export interface DeadLetterFacts {
  readonly total: number;
  /** The oldest of them. */
  readonly items: readonly DeadLetterFact[];
}

export interface DeadLetterFact {
  readonly id: string;
  readonly queue: string;
  readonly reason: string;
  readonly type: string | null;
  readonly orderId: string | null;
}

export interface StockFact extends Allocation {
  readonly place: string;
  readonly received: number;
  readonly available: number;
  readonly writtenOff: number;
}

export interface Allocation {
  readonly held: number;
  readonly reserved: number;
  readonly shipped: number;
}

export interface Backlog {
  readonly count: number;
  /** The oldest of them. */
  readonly messages: readonly { readonly type: string; readonly about: string }[];
}

export const INVARIANTS = ['A', 'M', 'S', 'C', 'R'] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  readonly invariant: Invariant;
  /** Where it is an order's: its id. */
  readonly orderId?: string;
  /** What is broken, and what that means. */
  readonly message: string;
}

export interface Question {
  /** Nothing runs any more: what is not settled is a violation. */
  readonly atRest: boolean;
}

/** What a rule finds wrong, in one sentence; nothing when it holds. */
export type Finding = string | false | undefined;

/** Without `--at-rest`, an order counts as in flight for this long. */
export const IN_FLIGHT_MS = 60_000;

/** True while its money, stock and parcel may still be on their way: it is young, or it waits for a person. */
export function isMoving({ needsAttention, ageMs }: OrderFact, { atRest }: Question): boolean {
  return needsAttention || (!atRest && ageMs < IN_FLIGHT_MS);
}

export function violations(invariant: Invariant, orderId: string, ...findings: readonly Finding[]): Violation[] {
  return findings.flatMap((message) => (message ? [{ invariant, orderId, message }] : []));
}
