import type { Allocation, Facts } from './facts.js';

type ValueOf<Table> = Table extends ReadonlyMap<string, infer Value> ? Value : never;
/** A row of one of the facts by order. */
export type Keyed<Name extends 'orders' | 'charges' | 'ledger' | 'reservations' | 'shipments'> = ValueOf<
  Facts[Name]
> & { readonly id: string };
export type AllocationRow = Allocation & { readonly place: string };

export const ORDERS = `
  select o.id, o.status, (o.placed -> 'total' ->> 'amount')::bigint as total, o.version, coalesce(e.events, 0)::int as events,
         (extract(epoch from now() - o.created_at) * 1000)::bigint as "ageMs",
         o.attention_since is not null as "needsAttention",
         coalesce((select max((s ->> 'deliverBy')::timestamptz) from jsonb_array_elements(o.progress -> 'shipments') s) < now(), false) as overdue
  from orders o
  left join (select order_id, count(*) as events from order_events group by order_id) e on e.order_id = o.id`;

export const CHARGES = `select order_id as id, state, captured, refunded from charges`;

export const LEDGER = `
  select coalesce(order_id, payment_intent) as id,
         count(*) filter (where kind = 'charge')::int as charges,
         coalesce(sum(amount) filter (where kind = 'charge'), 0)::bigint as captured,
         coalesce(sum(amount) filter (where kind = 'refund'), 0)::bigint as refunded
  from ledger group by 1`;

export const RESERVATIONS = `select order_id as id, state from reservations`;

export const STOCK = `
  select sku, warehouse, received, available, held, reserved, shipped, written_off as "writtenOff" from stock`;

export const ALLOCATED = `
  select l.sku || '@' || l.warehouse as place,
         coalesce(sum(l.quantity) filter (where r.state = 'held'), 0)::int as held,
         coalesce(sum(l.quantity) filter (where r.state = 'reserved'), 0)::int as reserved,
         coalesce(sum(l.quantity) filter (where r.state = 'shipped'), 0)::int as shipped
  from reservation_lines l join reservations r using (order_id) group by 1`;

export const SHIPMENTS = `select order_id as id, state from shipments`;

export const PARCELS = `
  select reference as key, count(*)::int as count from shipments
  where stage in ('labelled', 'in_transit', 'delivered', 'lost') and reference is not null group by 1`;

export const SHOWN = `select sku as key, sum(available)::int as count from availability group by 1`;

export const OUTBOX = `select 'outbox' as key, count(*)::int as count from outbox`;
