/**
 * Documents cannot be copied: each needs a number of its own. So they are issued for the copies, by one statement for each kind, oldest
 * first within each year; everything else that stands on one is like on any that was really issued.
 */
const issue = (kind: 'invoice' | 'credit-note', prefix: 'INV' | 'CN', moved: 'capture' | 'refund'): string => `
  with waiting as materialized (
    select billed.*, movement.sequence, movement.amount, movement.happened_at, extract(year from movement.happened_at)::int as year,
      row_number() over (partition by extract(year from movement.happened_at) order by movement.happened_at, billed.order_id) as turn,
      invoice.content as invoice, invoice.number as invoice_number,
      (select count(*) from documents other where other.order_id = billed.order_id) + 1 as place
    from movements movement
    join orders billed using (order_id)
    left join documents issued on issued.order_id = movement.order_id and issued.movement = movement.sequence
    left join documents invoice on invoice.order_id = movement.order_id and invoice.kind = 'invoice'
    where movement.kind = '${moved}' and issued.number is null and billed.customer_id like 'cus-seed-%'),
  counted as (
    insert into counters (kind, year, last) select '${kind}', year, count(*) from waiting group by year
    on conflict (kind, year) do update set last = counters.last + excluded.last returning year, last),
  numbered as (
    select waiting.*, last - count(*) over (partition by year) + turn as serial from waiting join counted using (year)),
  sample as (select content from documents where kind = '${kind}' limit 1)
  insert into documents (number, kind, year, serial, order_id, customer_id, movement, place, total, currency, invoice, content, issued_at)
  select number, '${kind}', year, serial, order_id, customer_id, sequence, place, amount, currency, invoice_number,
    sample.content || jsonb_build_object(
      'number', number, 'lines', items, 'issuedOn', happened_at::date, 'total', jsonb_build_object('amount', amount, 'currency', currency),
      'order', jsonb_build_object('id', order_id, 'placedOn', placed_at::date),
      'payment', sample.content -> 'payment' || jsonb_build_object('on', happened_at::date),
      'recipient', sample.content -> 'recipient' || jsonb_build_object('email', customer_id || '@example.com'))
      || case when invoice is null then '{}' else jsonb_build_object('invoice', jsonb_build_object(
        'number', invoice_number, 'issuedOn', invoice -> 'issuedOn', 'total', invoice -> 'total')) end,
    happened_at
  from (select *, '${prefix}-' || year || '-' || lpad(serial::text, 6, '0') as number from numbered) named, sample`;

export const INVOICES = issue('invoice', 'INV', 'capture');
export const CREDIT_NOTES = issue('credit-note', 'CN', 'refund');
