import type { Generated } from 'kysely';
import type { ReservationState } from './reservation/reservation.js';

/** One row per SKU and warehouse. A unit is always in exactly one of the five columns that add up to `received`. */
export interface StockTable {
  sku: string;
  warehouse: string;
  received: number;
  available: number;
  held: Generated<number>;
  reserved: Generated<number>;
  shipped: Generated<number>;
  written_off: Generated<number>;
  /** Grows with each change of the row. */
  version: Generated<number>;
  /** The `available` that was last told to others; null before the first time. */
  announced: Generated<number | null>;
  /** How many levels were told: the sequence of the last StockLevelChanged. */
  announced_sequence: Generated<number>;
}

/** What an order holds. A hold that expires is deleted; `released` without lines is a tombstone. */
export interface ReservationsTable {
  order_id: string;
  state: ReservationState;
  /** Set while held. */
  expires_at: Date | null;
  /** How many events were told about this order: the sequence of the last one. */
  sequence: Generated<number>;
  changed_at: Generated<Date>;
  /** How many commands to amend it were decided: who moves its lines checks that they are those it has read. */
  amendments: Generated<number>;
}

/** What became of each command to amend a reservation. */
export interface ReservationAmendmentsTable {
  order_id: string;
  command_id: string;
  outcome: 'applied' | 'refused';
}

/** What was taken from where. Written with its reservation; only an amendment changes it. */
export interface ReservationLinesTable {
  order_id: string;
  sku: string;
  warehouse: string;
  quantity: number;
}

export interface InventorySchema {
  stock: StockTable;
  reservations: ReservationsTable;
  reservation_lines: ReservationLinesTable;
  reservation_amendments: ReservationAmendmentsTable;
}
