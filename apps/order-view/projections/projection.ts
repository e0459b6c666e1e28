import type { Kysely, QueryExecutorProvider } from 'kysely';
import type { OrderEvent } from '#libs/order-log/events.js';

export const PROJECTION_NAMES = ['orders', 'timeline', 'sales'] as const;
export type ProjectionName = (typeof PROJECTION_NAMES)[number];

/** An event with its place in the log of its order. */
export interface LoggedEvent {
  readonly orderId: string;
  readonly version: number;
  readonly event: OrderEvent;
  readonly occurredAt: Date;
}

/** What a projection keeps of one order; it is that of the order's log up to this version. */
export interface Row {
  readonly version: number;
}

export interface Change<Kept extends Row> {
  readonly orderId: string;
  /** Undefined: nothing was kept of this order. */
  readonly before: Kept | undefined;
  readonly after: Kept;
  /** What lies between the two, in order. */
  readonly events: readonly LoggedEvent[];
}

/**
 * A picture of the log, in tables of its own per generation. It is a fold per order: whatever else it keeps follows from the
 * rows before and after.
 */
export interface Projection<Kept extends Row = Row> {
  readonly name: ProjectionName;
  createTables(db: QueryExecutorProvider, generation: number): Promise<void>;
  dropTables(db: QueryExecutorProvider, generation: number): Promise<void>;
  load(db: QueryExecutorProvider, generation: number, orderIds: readonly string[]): Promise<Map<string, Kept>>;
  /** The row after one more event: the next one of its order. */
  fold(row: Kept | undefined, event: LoggedEvent): Kept;
  write(trx: QueryExecutorProvider, generation: number, changes: readonly Change<Kept>[]): Promise<void>;
}

export type Db = Kysely<never>;
