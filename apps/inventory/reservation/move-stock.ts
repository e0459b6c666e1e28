import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { InventorySchema } from '../schema.js';
import type { Outcome, ReservationRequest } from './reservation.js';
import {
  FOUND_ROW,
  foundSql,
  ON_ITS_TURN,
  outcomeOf,
  rowOf,
  SAME_AMENDMENTS,
  tellSql,
  type FoundRow,
} from './statements.js';

type From = 'held' | 'reserved';
type To = 'reserved' | 'released' | 'shipped';

/** Where the units of a reservation in this state are counted, and the event that tells of their arrival there. */
const COLUMN = { reserved: 'reserved', released: 'available', shipped: 'shipped' } as const;
const EVENT = { reserved: 'StockReserved', released: 'StockReleased', shipped: 'StockShipped' } as const;

/** Moves a reservation and its stock from one state to the next; not done means that it was in another one. */
export async function moveStock(
  db: Kysely<InventorySchema>,
  request: ReservationRequest,
  from: From,
  to: To,
): Promise<Outcome> {
  return outcomeOf(request.orderId, rowOf(await moveSql(request, from, to).execute(db)));
}

function moveSql(request: ReservationRequest, from: From, to: To): RawBuilder<FoundRow> {
  const { orderId } = request;
  const [source, target] = [sql.ref(from), sql.ref(COLUMN[to])];
  // Release and ship mean the reservation's own lines; reserve names them.
  const forTheseLines = to === 'reserved' ? sql`(select lines from same)` : sql`true`;
  return sql<FoundRow>`/* move-${sql.raw(from)}-${sql.raw(to)} */ with
    ${foundSql(request)},
    changed as (
      update reservations
      set state = '${sql.raw(to)}', expires_at = null, sequence = sequence + 1, changed_at = now()
      where order_id = ${orderId} and state = '${sql.raw(from)}' and ${ON_ITS_TURN} and ${SAME_AMENDMENTS}
        and ${forTheseLines}
      returning state, expires_at, sequence
    ),
    locked as materialized (
      select stock.sku, stock.warehouse, line.quantity
      from reservation_lines as line join stock using (sku, warehouse)
      where line.order_id = ${orderId} and exists (select from changed)
      order by stock.sku, stock.warehouse
      for no key update of stock
    ),
    told as (${tellSql(EVENT[to], orderId)}),
    moved as (
      update stock set
        ${source} = stock.${source} - locked.quantity,
        ${target} = stock.${target} + locked.quantity,
        version = version + 1
      from locked
      where stock.sku = locked.sku and stock.warehouse = locked.warehouse
    )
    select ${FOUND_ROW}`;
}
