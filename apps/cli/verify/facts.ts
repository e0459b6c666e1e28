import type { OrderStatus } from '#libs/contracts/http/orders.js';

/** What the services' own databases and the providers' books say, as far as the invariants need it. */
export interface Facts {
  readonly orders: ReadonlyMap<string, OrderFact>;
  readonly charges: ReadonlyMap<string, ChargeFact>;
  readonly ledger: ReadonlyMap<string, LedgerFact>;
  readonly reservations: ReadonlyMap<string, ReservationFact>;
  readonly stock: readonly StockFact[];
  /** What the reservations add up to, by `sku@warehouse`. */
  readonly allocated: ReadonlyMap<string, Allocation>;
  readonly shipments: ReadonlyMap<string, ShipmentFact>;
  /** Parcels that the carrier has sold a label for and not taken back, by our reference. */
  readonly parcels: ReadonlyMap<string, number>;
  readonly outboxes: ReadonlyMap<string, number>;
  /** Messages per queue of the broker; empty when its management API cannot be asked. */
  readonly queues: ReadonlyMap<string, number>;
  /** What the catalogue shows as available, by SKU. */
  readonly shown: ReadonlyMap<string, number>;
}

export interface OrderFact {
  readonly id: string;
  readonly status: OrderStatus;
  /** Smallest unit. */
  readonly total: number;
  readonly version: number;
  /** Rows of its log. */
  readonly events: number;
  /** Milliseconds since it was placed, by the database's clock. */
  readonly ageMs: number;
  readonly needsAttention: boolean;
  /** True once the promised day has passed. */
  readonly overdue: boolean;
}

export interface ChargeFact {
  readonly captured: number;
  readonly refunded: number;
  readonly state: string;
}

export interface LedgerFact {
  readonly charges: number;
  readonly captured: number;
  readonly refunded: number;
}

export interface ReservationFact {
  readonly state: 'held' | 'reserved' | 'released' | 'shipped';
}

export interface StockFact {
  readonly sku: string;
  readonly warehouse: string;
  readonly received: number;
  readonly available: number;
  readonly held: number;
  readonly reserved: number;
  readonly shipped: number;
  readonly writtenOff: number;
}

export type Allocation = Pick<StockFact, 'held' | 'reserved' | 'shipped'>;

export interface ShipmentFact {
  readonly state: string;
}

export type Invariant = 'A' | 'M' | 'S' | 'C' | 'R';

export interface Violation {
  readonly invariant: Invariant;
  /** Where it is an order's: its id. */
  readonly orderId?: string;
  /** What is broken, and what that means. */
  readonly message: string;
}

export interface Question {
  /** Ids that clients got a 2xx for. */
  readonly accepted: ReadonlySet<string>;
  /** Nothing runs any more: what is not settled is a violation. */
  readonly atRest: boolean;
}

/** Without `--at-rest`, an order counts as in flight for this long. */
export const IN_FLIGHT_MS = 60_000;

export function isInFlight(order: OrderFact, { atRest }: Question): boolean {
  return !atRest && order.ageMs < IN_FLIGHT_MS;
}
