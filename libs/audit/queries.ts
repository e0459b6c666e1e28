import { versionOf } from '#libs/contracts/events.js';
import type { DeadLetterFact, Allocation, NumberingFact, OrderFacts, StockFact } from './facts.js';

import type { Only } from './only.js';
import { ENTRY_OF_EVENT } from './view-queries.js';

/** A row of what one place says about orders; at most one per order, by id. */
export type RowOf<Name extends keyof Omit<OrderFacts, 'id'>> = NonNullable<OrderFacts[Name]> & { readonly id: string };
export type AllocationRow = Allocation & { readonly place: string };
export type StockRow = StockFact;
export type NumberingRow = NumberingFact;
export type ShownRow = { readonly place: string; readonly available: number };
export type DeadLetterRow = DeadLetterFact & { readonly total: number };
export type BacklogRow = { readonly total: number; readonly type: string; readonly about: string };

/** Ids come sorted as text is by its bytes: that is how uuids sort, too. */
const BY_BYTES = 'collate "C"';

export const orders = (only: Only): string => `
  select id, status, version, customer_id as customer,
         case when placed_version = ${versionOf('OrderPlaced')} then md5(placed::text) end as placed, md5(progress::text) as progress,
         (placed -> 'total' ->> 'amount')::bigint as total, placed -> 'total' ->> 'currency' as currency,
         (select string_agg((item ->> 'sku') || '×' || (item ->> 'quantity'), ', ' order by (item ->> 'sku') ${BY_BYTES})
            from jsonb_array_elements(placed -> 'items') item) as items,
         (progress -> 'payment' ->> 'captured')::bigint - (progress -> 'payment' ->> 'refunded')::bigint as paid,
         (extract(epoch from now() - created_at) * 1000)::bigint as "ageMs",
         attention_since is not null as "needsAttention",
         coalesce((select max((shipment ->> 'deliverBy')::timestamptz)
            from jsonb_array_elements(progress -> 'shipments') shipment) < now(), false) as overdue
  from orders where ${only('id')} order by id`;

export const log = (only: Only): string => `
  select order_id as id, count(*)::int as events, max(version) as latest,
         string_agg(${ENTRY_OF_EVENT}, ', ' order by version) as entries,
         coalesce(string_agg(type, ' ' order by version) filter (where type <> 'OrderProgressed'), '') as turns
  from order_events where ${only('order_id')} group by order_id order by order_id`;

/** Those that have changed within `$1` milliseconds, and those that may be stuck: at most `$2`. */
export const RECENT = `
  select order_id::text as id from order_events where occurred_at > now() - $1 * interval '1 ms'
  union select id::text from orders where open
  union select id::text from orders where attention_since is not null
  limit $2`;

export const ANSWERED = `
  select distinct order_id as id from idempotency_claims where answer is not null order by order_id`;

export const charges = (only: Only): string => `select order_id as id, state, captured, refunded from charges
  where ${only('order_id')} order by order_id`;

export const ledger = (only: Only): string => `
  select coalesce(order_id, payment_intent) ${BY_BYTES} as id,
         count(*) filter (where kind = 'charge')::int as charges,
         coalesce(sum(amount) filter (where kind = 'charge'), 0)::bigint as captured,
         coalesce(sum(amount) filter (where kind = 'refund'), 0)::bigint as refunded,
         array_agg(distinct upper(currency)) as currencies
  from ledger where ${only('order_id', 'text')} group by 1 order by 1`;

export const documents = (only: Only): string => `
  select order_id as id, coalesce(sum(total) filter (where kind = 'invoice'), 0)::bigint as invoiced,
         coalesce(sum(total) filter (where kind = 'credit-note'), 0)::bigint as credited
  from documents where ${only('order_id')} group by order_id order by order_id`;

export const NUMBERING = `
  select kind, year, coalesce(document.count, 0)::int as count, coalesce(highest, 0) as highest, coalesce(last, 0) as last
  from (select kind, year, count(*), max(serial) as highest from documents group by kind, year) document
  full join counters using (kind, year) order by kind, year`;

export const reservations = (only: Only): string => `
  select reservation.order_id as id, state, lines.items
  from reservations reservation
  left join (
    select order_id, string_agg(sku || '×' || quantity, ', ' order by sku ${BY_BYTES}) as items
    from (select order_id, sku, sum(quantity) as quantity from reservation_lines
      where ${only('order_id')} group by order_id, sku) line
    group by order_id
  ) lines on lines.order_id = reservation.order_id
  where ${only('reservation.order_id')} order by reservation.order_id`;

export const shipments = (only: Only): string => `select order_id as id, state from shipments
  where ${only('order_id')} order by order_id`;

export const parcels = (only: Only): string => `
  select reference ${BY_BYTES} as id, count(*)::int as count from shipments
  where stage in ('labelled', 'in_transit', 'delivered', 'lost') and reference is not null and ${only('reference', 'text')} group by 1 order by 1`;

export const STOCK = `
  select sku || '@' || warehouse as place, received, available, held, reserved, shipped, written_off as "writtenOff"
  from stock order by sku, warehouse`;

export const ALLOCATED = `
  select line.sku || '@' || line.warehouse as place,
         coalesce(sum(line.quantity) filter (where state = 'held'), 0)::int as held,
         coalesce(sum(line.quantity) filter (where state = 'reserved'), 0)::int as reserved,
         coalesce(sum(line.quantity) filter (where state = 'shipped'), 0)::int as shipped
  from reservation_lines line join reservations using (order_id)
  group by line.sku, line.warehouse order by line.sku, line.warehouse`;

export const SHOWN = `select sku || '@' || warehouse as place, available from availability`;

/** Those that nobody has decided about. */
export const DEAD_LETTERS = `
  select count(*) over ()::int as total, id::text, queue, reason, type, order_id as "orderId"
  from dead_letters where resolved_at is null order by id limit 1000`;

/** How many there are, and the oldest of them. */
export const BACKLOG = `
  select count(*) over ()::int as total, envelope::jsonb ->> 'type' as type, envelope::jsonb ->> 'correlationId' as about
  from outbox order by created_at, seq limit 50`;
