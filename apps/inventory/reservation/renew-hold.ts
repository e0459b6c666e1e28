import { sql, type Kysely } from 'kysely';
import type { InventorySchema } from '../schema.js';
import type { Outcome, ReservationRequest } from './reservation.js';
import { FOUND_ROW, foundSql, ON_ITS_TURN, outcomeOf, rowOf, type FoundRow } from './statements.js';

/** Gives a hold that is due, but not yet swept, its time again. */
export async function renewHold(
  db: Kysely<InventorySchema>,
  request: ReservationRequest,
  holdForMs: number,
): Promise<Outcome> {
  const result = await sql<FoundRow>`/* renew-hold */ with
    ${foundSql(request)},
    changed as (
      update reservations
      set expires_at = now() + ${holdForMs} * interval '1 millisecond', changed_at = now()
      where order_id = ${request.orderId} and state = 'held' and expires_at <= now()
        and ${ON_ITS_TURN} and (select lines from same)
      returning state, expires_at
    )
    select ${FOUND_ROW}`.execute(db);
  return outcomeOf(request.orderId, rowOf(result));
}
