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

/**
 * Makes a reservation hold other quantities, or refuses the command for good when there is not enough: then not done, and
 * `command` says so. Not done as well when it was decided before, or when somebody else took some of the stock meanwhile.
 */
export async function amendStock(db: Kysely<InventorySchema>, request: ReservationRequest): Promise<Outcome> {
  return outcomeOf(request.orderId, rowOf(await amendSql(request).execute(db)));
}

/*
 * More is taken first where the order has some of the SKU already, then where there is most; less is given back first where
 * it has least, so that its lines stay together. As in acquiring, `plan` is made without locks; `locked` takes the planned
 * rows, each only if it still has enough. `decided` goes on with all of them, or with a refusal.
 */
function amendSql(request: ReservationRequest): RawBuilder<FoundRow> {
  const { orderId, commandId } = request;
  const refused = sql`exists (select from short)`;
  return sql<FoundRow>`/* amend */ with
    ${foundSql(request)},
    command as materialized (
      select outcome from reservation_amendments where order_id = ${orderId} and command_id = ${commandId} and ${ON_ITS_TURN}
    ),
    mine as materialized (select sku, warehouse, quantity from reservation_lines where order_id = ${orderId}),
    wish as materialized (
      select sku, request.quantity as wanted, taken.quantity as had
      from request full join (select sku, sum(quantity)::integer as quantity from mine group by sku) as taken using (sku)
    ),
    fits as materialized (select not exists (select from wish where wanted is null or had is null) as skus),
    filling as (
      select sku, warehouse, wanted - had as more, available, coalesce(sum(available) over (
          partition by sku order by (mine.quantity is not null) desc, available desc, warehouse
          rows between unbounded preceding and 1 preceding
        ), 0) as before
      from wish join stock using (sku) left join mine using (sku, warehouse) where wanted > had
    ),
    emptying as (
      select sku, warehouse, had - wanted as less, quantity, coalesce(sum(quantity) over (
          partition by sku order by quantity, warehouse rows between unbounded preceding and 1 preceding
        ), 0) as before
      from wish join mine using (sku) where wanted < had
    ),
    plan as materialized (
      select sku, warehouse, least(available, more - before)::integer as change
      from filling where available > 0 and before < more
      union all
      select sku, warehouse, -least(quantity, less - before)::integer from emptying where before < less
    ),
    short as materialized (
      select sku from wish left join plan using (sku) where wanted > had
      group by sku, wanted, had having coalesce(sum(change), 0) < wanted - had
    ),
    locked as materialized (
      select stock.sku, stock.warehouse, plan.change
      from plan join stock using (sku, warehouse)
      where stock.available >= plan.change and not ${refused} and ${ON_ITS_TURN}
      order by stock.sku, stock.warehouse
      for no key update of stock
    ),
    decided as (
      update reservations set
        amendments = amendments + 1, sequence = sequence + case when ${refused} then 0 else 1 end, changed_at = now()
      where order_id = ${orderId} and state = 'reserved' and ${ON_ITS_TURN} and ${SAME_AMENDMENTS}
        and not exists (select from command) and (select skus from fits)
        and (${refused} or (select count(*) from plan) = (select count(*) from locked))
      returning state, expires_at, sequence
    ),
    recorded as (
      insert into reservation_amendments (order_id, command_id, outcome)
      select ${orderId}, ${commandId}, case when ${refused} then 'refused' else 'applied' end from decided
      returning outcome
    ),
    changed as (select state, expires_at, sequence from decided where not ${refused}),
    now_mine as materialized (
      select sku, warehouse, coalesce(mine.quantity, 0) + coalesce(change, 0) as quantity
      from mine full join locked using (sku, warehouse)
    ),
    kept as (
      insert into reservation_lines (order_id, sku, warehouse, quantity)
      select ${orderId}, sku, warehouse, quantity from now_mine, changed where quantity > 0
      on conflict (order_id, sku, warehouse) do update set quantity = excluded.quantity
    ),
    gone as (
      delete from reservation_lines as line using now_mine, changed
      where line.order_id = ${orderId} and line.sku = now_mine.sku and line.warehouse = now_mine.warehouse
        and now_mine.quantity = 0
    ),
    left_over as (select sku, warehouse, quantity from now_mine where quantity > 0),
    told as (${tellSql('StockReserved', orderId, 'left_over')}),
    moved as (
      update stock set
        available = available - locked.change, reserved = reserved + locked.change, version = version + 1
      from locked, changed
      where stock.sku = locked.sku and stock.warehouse = locked.warehouse
    )
    select ${FOUND_ROW}, (select skus from fits) as same_skus,
      coalesce((select outcome from recorded), (select outcome from command)) as command`;
}
