import type { ColumnType, Generated } from 'kysely';
import type { OrderEvent, OrderEventType } from '#libs/order-log/events.js';
import type { OrderStatus, Placed, Progress } from '#libs/order-log/order.js';

/** The log: append-only, and the truth. The database refuses to change or delete its rows. */
export interface OrderEventsTable {
  order_id: string;
  /** From 1, without gaps; the envelope's sequence. */
  version: number;
  type: OrderEventType;
  schema_version: number;
  data: ColumnType<OrderEvent['data'], string, never>;
  occurred_at: Date;
  causation_id: string | null;
}

/** The fold of each order's log, written in the same statement as its events. */
export interface OrdersTable {
  id: string;
  customer_id: string;
  version: number;
  status: OrderStatus;
  /** What hardly ever changes; apart from the rest, so that only an amendment writes it again. */
  placed: ColumnType<Placed, string, never>;
  /** The version of OrderPlaced that `placed` is in. */
  placed_version: number;
  progress: ColumnType<Progress, string, string>;
  /** The system works on it: neither confirmed nor undone, and not waiting for a person. */
  open: boolean;
  attention_since: Date | null;
  confirmed_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

/** One row per caller and idempotency key: who may answer it until when, then its answer. */
export interface IdempotencyClaimsTable {
  caller: string;
  key: string;
  fingerprint: string;
  /** Stays the same whoever holds the lease: it is what makes the hold at inventory the same hold. */
  order_id: string;
  lease_token: string;
  lease_until: Date;
  claimed_at: Generated<Date>;
  /** The Order that was answered, encoded. */
  answer: Buffer | null;
}

export interface OrdersSchema {
  order_events: OrderEventsTable;
  orders: OrdersTable;
  idempotency_claims: IdempotencyClaimsTable;
}
