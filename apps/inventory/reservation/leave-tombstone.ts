import { sql, type Kysely } from 'kysely';
import type { InventorySchema } from '../schema.js';
import type { Outcome, ReservationRequest } from './reservation.js';
import { FOUND_ROW, foundSql, ON_ITS_TURN, outcomeOf, rowOf, type FoundRow } from './statements.js';

/** Marks an order that has no reservation as released, so that none is made for it later. */
export async function leaveTombstone(db: Kysely<InventorySchema>, request: ReservationRequest): Promise<Outcome> {
  const result = await sql<FoundRow>`/* leave-tombstone */ with
    ${foundSql(request)},
    changed as (
      insert into reservations (order_id, state) select ${request.orderId}, 'released' where ${ON_ITS_TURN}
      on conflict (order_id) do nothing
      returning state, expires_at
    )
    select ${FOUND_ROW}`.execute(db);
  return outcomeOf(request.orderId, rowOf(result));
}
