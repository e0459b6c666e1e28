import type { DisposableSet, Service } from './disposable-set.js';

/** Of twenty orders, these ends; the others are delivered. */
export const ENDS = ['declined', 'unserved', 'cancelled', 'confirmed', 'shipped'] as const;
export type End = (typeof ENDS)[number] | 'delivered';

/** The order with this number, from 0; its end is `ENDS[n % 20]`. */
export function orderId(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`;
}

/** Two lines from one warehouse, as every order grown here has them. */
export function linesOf(n: number): readonly { readonly sku: string; readonly quantity: number }[] {
  return [
    { sku: SKUS[n % SKUS.length] ?? '', quantity: 1 + (n % 3) },
    { sku: SKUS[(n + 3) % SKUS.length] ?? '', quantity: 1 },
  ];
}

const SKUS = ['CANDLE-BEESWAX', 'GRINDER-HAND', 'MUG-ENAMEL', 'PEN-FOUNTAIN', 'SCALE-KITCHEN', 'TEAPOT-GLASS'];
const EVERYWHERE = 10_000_000;

/**
 * Fills the databases with this many orders, in the mixture of ends and the sizes of rows that the running system has:
 * all of them consistent, all of them at rest. By SQL alone.
 */
export async function growOrders(set: DisposableSet, count: number): Promise<void> {
  const statements: Record<Service, readonly string[]> = {
    orders: [ORDERS, ORDER_EVENTS, CLAIMS],
    inventory: [RESERVATIONS, RESERVATION_LINES, STOCK],
    payments: [CHARGES],
    'payment-simulator': [INTENTS, PROVIDER_CHARGES, CHARGED, REFUNDED],
    shipping: [SHIPMENTS],
    'carrier-simulator': [PARCELS],
    catalog: [AVAILABILITY],
    notifications: [],
    operations: [],
    'order-view': [],
    billing: [BILLED, MOVEMENTS, INVOICES, CREDIT_NOTES, COUNTERS],
  };
  for (const [service, each] of Object.entries(statements) as [Service, readonly string[]][]) {
    const filled = each.map((statement) => `with ${cte(count)} ${statement}`);
    await set.execute(service, ...filled, 'analyze');
  }
}

/** `o`: the orders; `line`: their lines. */
function cte(count: number): string {
  const skus = `(array['${SKUS.join("','")}'])`;
  return `
    numbered as (
      select n, (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid as id,
        coalesce((array['${ENDS.join("','")}'])[n % 20 + 1], 'delivered') as ending,
        ${skus}[n % ${SKUS.length} + 1] as sku1, 1 + n % 3 as quantity1, ${skus}[(n + 3) % ${SKUS.length} + 1] as sku2,
        (array['ROTTERDAM','LEIPZIG'])[n % 2 + 1] as warehouse, now() - interval '2 hours' - n * interval '10 ms' as at
      from generate_series(0, ${count - 1}) n),
    o as (
      select *, 1000 * quantity1 + 500 as total, ending in ('confirmed', 'shipped', 'delivered') as kept,
        ending in ('unserved', 'cancelled') as refunded
      from numbered),
    line as (
      select id, ending, kept, warehouse, sku1 as sku, quantity1 as quantity from o
      union all select id, ending, kept, warehouse, sku2, 1 from o)`;
}

const PLACED = `jsonb_build_object('orderId', id, 'customerId', 'cus-ada', 'paymentMethod', 'pm_ok', 'shippingMethod', 'standard',
  'placedAt', at, 'total', jsonb_build_object('amount', total, 'currency', 'EUR'),
  'shippingAddress', jsonb_build_object('name', 'Ada Lovelace', 'line1', 'Marktplatz 1', 'city', 'Leipzig', 'postalCode', '04109', 'country', 'DE'),
  'items', jsonb_build_array(
    jsonb_build_object('sku', sku1, 'name', 'Something useful', 'quantity', quantity1,
      'unitPrice', jsonb_build_object('amount', 1000, 'currency', 'EUR'), 'lineTotal', jsonb_build_object('amount', 1000 * quantity1, 'currency', 'EUR')),
    jsonb_build_object('sku', sku2, 'name', 'Something else', 'quantity', 1,
      'unitPrice', jsonb_build_object('amount', 500, 'currency', 'EUR'), 'lineTotal', jsonb_build_object('amount', 500, 'currency', 'EUR'))))`;

/** The log of each end: types, in order. */
const TYPES: Readonly<Record<End, string>> = {
  declined: 'OrderPlaced OrderProgressed OrderProgressed OrderRejecting OrderProgressed OrderProgressed OrderRejected',
  unserved:
    'OrderPlaced OrderProgressed OrderProgressed OrderProgressed OrderRejecting OrderProgressed OrderProgressed OrderProgressed OrderRejected',
  cancelled:
    'OrderPlaced OrderProgressed OrderProgressed OrderProgressed OrderConfirmed CancelAccepted OrderCancelling OrderProgressed OrderProgressed OrderProgressed OrderCancelled',
  confirmed: 'OrderPlaced OrderProgressed OrderProgressed OrderProgressed OrderConfirmed',
  shipped: 'OrderPlaced OrderProgressed OrderProgressed OrderProgressed OrderConfirmed OrderShipped',
  delivered: 'OrderPlaced OrderProgressed OrderProgressed OrderProgressed OrderConfirmed OrderShipped OrderDelivered',
};
const TYPES_OF_ENDING = `string_to_array(case ending ${Object.entries(TYPES)
  .map(([ending, types]) => `when '${ending}' then '${types}'`)
  .join(' ')} end, ' ')`;

const STATUS = `case ending when 'declined' then 'REJECTED' when 'unserved' then 'REJECTED' else upper(ending) end`;

const ORDERS = `
  insert into orders (id, customer_id, version, status, placed, progress, open, confirmed_at, created_at, updated_at)
  select id, 'cus-ada', array_length(${TYPES_OF_ENDING}, 1), ${STATUS}, ${PLACED},
    jsonb_build_object('status', ${STATUS}, 'reason', null, 'confirmed', kept, 'steps', '{}'::jsonb, 'attention', '[]'::jsonb,
      'cleared', '{}'::jsonb, 'commandIds', '[]'::jsonb,
      'payment', jsonb_build_object('status', 'CAPTURED', 'captured', case when kept or refunded then total else 0 end,
        'refunded', case when refunded then total else 0 end),
      'shipments', case when kept then jsonb_build_array(jsonb_build_object('id', id, 'tracking', 'WB' || n, 'status', 'SCHEDULED',
        'items', '[]'::jsonb, 'deliverBy', now() + interval '14 days')) else '[]'::jsonb end),
    false, case when kept then at end, at, at
  from o`;
const ORDER_EVENTS = `
  insert into order_events (order_id, version, type, schema_version, data, occurred_at)
  select id, version, type, 1, case version when 1 then ${PLACED} else jsonb_build_object('orderId', id, 'step', 'schedule-shipping',
      'direction', 'do', 'attempt', 1, 'outcome', 'ok', 'startedAt', at, 'endedAt', at, 'detail', repeat('.', 80)) end,
    at + version * interval '100 ms'
  from o, unnest(${TYPES_OF_ENDING}) with ordinality as event (type, version)`;
const CLAIMS = `
  insert into idempotency_claims (caller, key, fingerprint, order_id, lease_token, lease_until, answer)
  select 'cus-ada', 'key-' || n, md5(n::text), id, id, at, decode(repeat('ab', 140), 'hex') from o`;

const RESERVATIONS = `
  insert into reservations (order_id, state, sequence)
  select id, case when ending = 'confirmed' then 'reserved' when kept then 'shipped' else 'released' end, 2 from o`;
const RESERVATION_LINES = `
  insert into reservation_lines (order_id, sku, warehouse, quantity) select id, sku, warehouse, quantity from line`;
/** What is in each place, once all of this is reserved and shipped. */
const LEVELS = `
  select sku, warehouse, coalesce(sum(quantity) filter (where ending = 'confirmed'), 0) as reserved,
    coalesce(sum(quantity) filter (where ending in ('shipped', 'delivered')), 0) as shipped
  from line group by sku, warehouse`;
const STOCK = `
  , level as (${LEVELS})
  update stock set received = ${EVERYWHERE}, available = ${EVERYWHERE} - coalesce(level.reserved + level.shipped, 0),
    reserved = coalesce(level.reserved, 0), shipped = coalesce(level.shipped, 0)
  from stock place left join level on level.sku = place.sku and level.warehouse = place.warehouse
  where stock.sku = place.sku and stock.warehouse = place.warehouse`;
const AVAILABILITY = `
  , level as (${LEVELS})
  insert into availability (sku, warehouse, available, sequence)
  select products.sku, place.warehouse, ${EVERYWHERE} - coalesce(level.reserved + level.shipped, 0), 1
  from products cross join (values ('ROTTERDAM'), ('LEIPZIG')) as place (warehouse)
  left join level on level.sku = products.sku and level.warehouse = place.warehouse`;

const CHARGES = `
  insert into charges (order_id, state, customer_id, payment_method, amount, currency, intent_id, captured, refunded, reason, version)
  select id, case when kept then 'CAPTURED' when refunded then 'REFUNDED' else 'DECLINED' end, 'cus-ada', 'pm_ok', total, 'EUR', 'pi_' || n,
    case when kept or refunded then total else 0 end, case when refunded then total else 0 end,
    case when not kept and not refunded then 'PAYMENT_DECLINED' end, 1
  from o`;
const INTENTS = `
  insert into payment_intents (id, status, amount, currency, payment_method, order_id, metadata)
  select 'pi_' || n, case when kept or refunded then 'succeeded' else 'requires_payment_method' end, total, 'eur', 'pm_ok', id,
    jsonb_build_object('order_id', id) from o`;
const PROVIDER_CHARGES = `
  insert into charges (id, payment_intent, order_id, payment_method, status, amount, amount_refunded, currency)
  select 'ch_' || n, 'pi_' || n, id, 'pm_ok', 'succeeded', total, case when refunded then total else 0 end, 'eur' from o where kept or refunded`;
const CHARGED = `
  insert into ledger (kind, reference, payment_intent, order_id, amount, currency)
  select 'charge', 'ch_' || n, 'pi_' || n, id, total, 'eur' from o where kept or refunded`;
const REFUNDED = `
  insert into ledger (kind, reference, payment_intent, order_id, amount, currency)
  select 'refund', 're_' || n, 'pi_' || n, id, total, 'eur' from o where refunded`;

const BILLED = `
  insert into orders (order_id, customer_id, items, total, currency, address, payment_method, placed_at, version)
  select id, 'cus-ada', '[]', total, 'EUR', '{}', 'pm_ok', at, 1 from o`;
const MOVEMENTS = `
  insert into movements (order_id, sequence, kind, amount, currency, happened_at)
  select id, 1, 'capture', total, 'EUR', at from o where kept or refunded
  union all select id, 2, 'refund', total, 'EUR', at from o where refunded`;
const INVOICES = `
  insert into documents (number, kind, year, serial, order_id, customer_id, movement, place, total, currency, content, issued_at)
  select 'INV-2026-' || lpad(serial::text, 6, '0'), 'invoice', 2026, serial, id, 'cus-ada', 1, 1, total, 'EUR', '{}', at
  from (select *, (row_number() over (order by n))::int as serial from o where kept or refunded) numbered`;
const CREDIT_NOTES = `
  insert into documents (number, kind, year, serial, order_id, customer_id, movement, place, total, currency, invoice, content, issued_at)
  select 'CN-2026-' || lpad(serial::text, 6, '0'), 'credit-note', 2026, serial, id, 'cus-ada', 2, 2, total, 'EUR',
    (select number from documents where order_id = id), '{}', at
  from (select *, (row_number() over (order by n))::int as serial from o where refunded) numbered`;
const COUNTERS = `
  insert into counters (kind, year, last) select kind, year, max(serial) from documents where exists (select from o) group by kind, year`;

const SHIPMENTS = `
  insert into shipments (id, order_id, state, version, address, items, shipping_method, carrier_reference, tracking, deliver_by)
  select id, id, case ending when 'confirmed' then 'SCHEDULED' when 'shipped' then 'DISPATCHED' when 'delivered' then 'DELIVERED'
      when 'unserved' then 'REFUSED' else 'CANCELLED' end, 1,
    jsonb_build_object('name', 'Ada Lovelace', 'city', 'Leipzig', 'country', 'DE'), '[]', 'standard', 'shp_' || n, 'WB' || n, now() + interval '14 days'
  from o where ending <> 'declined'`;
const PARCELS = `
  insert into shipments (id, reference, to_address, from_address, parcel, rates, stage, tracker_id, tracking_code, next_move_at)
  select 'shp_' || n, id, jsonb_build_object('name', 'Ada Lovelace', 'city', 'Leipzig', 'padding', repeat('.', 200)), '{}', '{}', '[]',
    case ending when 'confirmed' then 'labelled' when 'shipped' then 'in_transit' when 'delivered' then 'delivered' else 'voided' end,
    'trk_' || n, 'WB' || n, case when ending in ('confirmed', 'shipped') then now() + interval '14 days' end
  from o where ending not in ('declined', 'unserved')`;
