import { sql, type Kysely, type RawBuilder } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import type { InventorySchema } from '../schema.js';
import type { Outcome, ReservationRequest } from './reservation.js';
import { FOUND_ROW, foundSql, outcomeOf, rowOf, tellSql, type FoundRow } from './statements.js';

interface AcquiredRow extends FoundRow {
  readonly unknown: string[] | null;
  readonly short: string[] | null;
}

/**
 * Takes the stock of every line, or of none, for an order that has no reservation.
 * Not done means: a reservation was there, or somebody else took some of the stock in the meantime.
 * @throws WaybillError UNKNOWN_SKU, OUT_OF_STOCK; they name the SKUs.
 */
export async function acquireStock(
  db: Kysely<InventorySchema>,
  request: ReservationRequest,
  as: 'held' | 'reserved',
  holdForMs: number,
): Promise<Outcome> {
  const row = rowOf(await acquireSql(request, as, holdForMs).execute(db));
  if (row.unknown) throw refusal('UNKNOWN_SKU', 'There is no stock record for', row.unknown);
  if (row.short) throw refusal('OUT_OF_STOCK', 'There is not enough in stock of', row.short);
  return outcomeOf(request.orderId, row);
}

function refusal(code: 'UNKNOWN_SKU' | 'OUT_OF_STOCK', what: string, skus: readonly string[]): WaybillError {
  return new WaybillError(code, `${what} ${skus.join(', ')}`, { skus: skus.join(',') });
}

/*
 * `plan` chooses from what this statement's snapshot shows, without locks: so a refusal waits for nobody. For each line the
 * warehouses are used up in turn: first the one that has most of what is wanted, among equals the one that can serve most of
 * the order's lines alone. What is still equal the order's id decides, so that the buyers of one SKU do not all queue for one row.
 * `locked` takes the planned rows, each only if it still has enough when the lock is granted; `changed` goes on only with
 * all of them, and only if nobody else has made a reservation for this order.
 */
function acquireSql(request: ReservationRequest, as: 'held' | 'reserved', holdForMs: number): RawBuilder<AcquiredRow> {
  const { orderId } = request;
  const expiry = as === 'held' ? sql`now() + ${holdForMs} * interval '1 millisecond'` : sql`null::timestamptz`;
  return sql<AcquiredRow>`/* acquire-${sql.raw(as)} */ with
    ${foundSql(request)},
    level as (
      select sku, warehouse, quantity, available,
        count(*) filter (where available >= quantity) over (partition by warehouse) as serves
      from request join stock using (sku)
      where not exists (select from seen)
    ),
    filling as (
      select sku, warehouse, quantity, available, coalesce(sum(available) over (
          partition by sku
          order by least(available, quantity) desc, serves desc, hashtext(warehouse || ${orderId}), warehouse
          rows between unbounded preceding and 1 preceding
        ), 0) as before
      from level
    ),
    plan as materialized (
      select sku, warehouse, least(available, quantity - before)::integer as quantity
      from filling where available > 0 and before < quantity
    ),
    short as materialized (
      select sku from request left join plan using (sku) where not exists (select from seen)
      group by sku, request.quantity having coalesce(sum(plan.quantity), 0) < request.quantity
    ),
    locked as materialized (
      select stock.sku, stock.warehouse, plan.quantity
      from plan join stock using (sku, warehouse)
      where stock.available >= plan.quantity and not exists (select from short)
      order by stock.sku, stock.warehouse
      for no key update of stock
    ),
    changed as (
      insert into reservations (order_id, state, expires_at, sequence)
      select ${orderId}, '${sql.raw(as)}', ${expiry}, ${as === 'reserved' ? 1 : 0}::integer
      where exists (select from plan) and (select count(*) from plan) = (select count(*) from locked)
      on conflict (order_id) do nothing
      returning state, expires_at, sequence
    ),
    lines as (
      insert into reservation_lines (order_id, sku, warehouse, quantity)
      select ${orderId}, sku, warehouse, quantity from locked, changed
    ),
    ${as === 'reserved' ? sql`told as (${tellSql('StockReserved', orderId)}),` : sql``}
    taken as (
      update stock set
        available = available - locked.quantity,
        ${sql.ref(as)} = stock.${sql.ref(as)} + locked.quantity,
        version = version + 1
      from locked, changed
      where stock.sku = locked.sku and stock.warehouse = locked.warehouse
    )
    select ${FOUND_ROW},
      (select array_agg(sku order by sku) from short) as short,
      (select array_agg(sku order by sku) from short
        where not exists (select from stock where stock.sku = short.sku)) as unknown`;
}
