import type { SalesFact, TimelineFact, ViewedFact } from './facts.js';
import type { Only } from './only.js';

/** Which generation of each read model serves. */
export interface LiveRow {
  readonly projection: string;
  readonly generation: number;
}
export type ViewedRow = ViewedFact & { readonly id: string };
export type TimelineRow = TimelineFact & { readonly id: string };
export type SalesRow = SalesFact;

export const LIVE = `select projection, generation from projection_generations where state = 'live'`;

export const viewed = (generation: number, only: Only): string => `
  select id, version, status, customer_id as customer, md5(progress::text) as progress, md5(placed::text) as placed
  from orders_${generation} where ${only('id')} order by id`;

/** Each entry as `kind step attempt outcome`. */
export const timelines = (generation: number, only: Only): string => `
  select order_id as id, version, (
    select string_agg(concat_ws(' ', replace(lower(entry ->> 'kind'), 'timeline_kind_', ''), entry ->> 'step', entry ->> 'attempt',
      replace(lower(entry ->> 'outcome'), 'outcome_', '')), ', ' order by place)
    from jsonb_array_elements(entries) with ordinality as entry (entry, place)) as entries
  from timeline_${generation} where ${only('order_id')} order by order_id`;

export const sales = (generation: number): string => `
  select (extract(epoch from hour) * 1000)::bigint as hour, sku, currency, sum(ordered)::bigint as ordered, sum(sold)::bigint as sold,
    sum(undone)::bigint as undone, sum(revenue)::bigint as revenue
  from sales_${generation} group by hour, sku, currency`;

/** The same from the log, by itself: what was placed, or amended last, and how it went on. */
export const SALES_OF_LOG = `
  with ending as (
    select order_id, bool_or(type = 'OrderConfirmed') as confirmed,
      bool_or(type in ('OrderRejected', 'OrderCancelled')) as undone,
      max(version) filter (where type in ('OrderPlaced', 'AmendApplied')) as said
    from order_events group by order_id
  ),
  line as (
    select date_trunc('hour', (placed.data ->> 'placedAt')::timestamptz, 'UTC') as hour, item ->> 'sku' as sku,
      item -> 'lineTotal' ->> 'currency' as currency, (item ->> 'quantity')::bigint as quantity,
      (item -> 'lineTotal' ->> 'amount')::bigint as amount, confirmed and not undone as sold, undone
    from ending
    join order_events placed on placed.order_id = ending.order_id and placed.version = 1
    join order_events said on said.order_id = ending.order_id and said.version = ending.said
    cross join jsonb_array_elements(said.data -> 'items') item
  )
  select (extract(epoch from hour) * 1000)::bigint as hour, sku, currency, sum(quantity)::bigint as ordered,
    coalesce(sum(quantity) filter (where sold), 0)::bigint as sold,
    coalesce(sum(quantity) filter (where undone), 0)::bigint as undone,
    coalesce(sum(amount) filter (where sold), 0)::bigint as revenue
  from line group by hour, sku, currency`;

/** The step that an event is in a timeline. */
const STEPS: Readonly<Record<string, string>> = {
  OrderPlaced: 'command place-order 0 ok',
  CancelRequested: 'command request-cancel 0 ok',
  CancelAccepted: 'command cancel 0 ok',
  CancelRefused: 'command cancel 0 refused',
  AmendRequested: 'command request-amend 0 ok',
  AmendApplied: 'command amend 0 ok',
  AmendRefused: 'command amend 0 refused',
  OrderConfirmed: 'fact confirmed 0 ok',
  OrderRejecting: 'fact rejecting 0 ok',
  OrderRejected: 'fact rejected 0 ok',
  OrderCancelling: 'fact cancelling 0 ok',
  OrderCancelled: 'fact cancelled 0 ok',
  OrderShipped: 'fact dispatched 0 ok',
  OrderDelivered: 'fact delivered 0 ok',
  AttentionRaised: 'fact needs-attention 0 ok',
  AttentionCleared: 'fact attention-cleared 0 ok',
};

/** What the log says that its timeline has to be, in SQL: `kind step attempt outcome` of an event. */
export const ENTRY_OF_EVENT = `case type
  when 'OrderProgressed' then concat_ws(' ', case data ->> 'direction' when 'do' then 'step' else 'undo' end, data ->> 'step',
    data ->> 'attempt', data ->> 'outcome')
  ${Object.entries(STEPS)
    .map(([type, entry]) => `when '${type}' then '${entry}'`)
    .join(' ')} end`;
