import type { Generated } from 'kysely';
import type { ProjectionName } from './projections/projection.js';

/**
 * `reading`: filled from the log of orders. `joining`: takes part in the streams, serves nobody yet. `live`: serves.
 * `retired`: replaced. `dropped`: its tables are gone.
 */
export type GenerationState = 'reading' | 'joining' | 'live' | 'retired' | 'dropped';
/** `truncated`: the broker had forgotten what came after a checkpoint. */
export type Cause = 'first' | 'requested' | 'truncated';

export interface GenerationsTable {
  projection: ProjectionName;
  generation: number;
  state: GenerationState;
  cause: Cause;
  request_key: string | null;
  cursor: string | null;
  cursor_version: Generated<number>;
  orders_total: Generated<number>;
  orders_read: Generated<number>;
  events_read: Generated<number>;
  builder: string | null;
  builder_epoch: Generated<number>;
  builder_until: Generated<Date>;
  requested_at: Generated<Date>;
  live_at: Date | null;
}

export interface OrderViewSchema {
  projection_generations: GenerationsTable;
}
