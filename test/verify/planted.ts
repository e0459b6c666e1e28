import type { Service } from './disposable-set.js';
import { ENDS, linesOf, orderId, type End } from './grow-orders.js';

/** Something broken by hand in one table; the table is put back afterwards. */
export interface Planted {
  readonly what: string;
  readonly tables: readonly (readonly [Service, string])[];
  readonly sql: readonly (readonly [Service, string])[];
  /** The order; the SKU, or the documents, where it is no order's. */
  readonly named: string;
}

const numberOf = (end: End): number => (end === 'delivered' ? ENDS.length : ENDS.indexOf(end));
/** The order that ended so. */
const the = (end: End): string => orderId(numberOf(end));
const NOBODY = orderId(0xffff_ffff);
const SKU = 'KETTLE-GOOSENECK';
const [delivered, shipped, confirmed] = [the('delivered'), the('shipped'), the('confirmed')];
const [cancelled, unserved, declined] = [the('cancelled'), the('unserved'), the('declined')];

function plant(what: string, named: string, service: Service, table: string, sql: string): Planted {
  return { what, named, tables: [[service, table]], sql: [[service, sql]] };
}

const order = (what: string, id: string, change: string): Planted =>
  plant(what, id, 'orders', 'orders', `update orders set ${change} where id = '${id}'`);
const stock = (what: string, change: string): Planted =>
  plant(what, SKU, 'inventory', 'stock', `update stock set ${change} where sku = '${SKU}' and warehouse = 'LEIPZIG'`);
const reservation = (what: string, id: string, state: string): Planted =>
  plant(what, id, 'inventory', 'reservations', `update reservations set state = '${state}' where order_id = '${id}'`);
const charge = (what: string, id: string, change: string): Planted =>
  plant(what, id, 'payments', 'charges', `update charges set ${change} where order_id = '${id}'`);
const entry = (what: string, id: string, kind: string, amount: number, currency = 'eur'): Planted =>
  plant(
    what,
    id,
    'payment-simulator',
    'ledger',
    `insert into ledger (kind, reference, payment_intent, order_id, amount, currency)
     values ('${kind}', 'planted', 'pi_planted', '${id}', ${amount}, '${currency}')`,
  );
const label = (what: string, id: string): Planted =>
  plant(
    what,
    id,
    'carrier-simulator',
    'shipments',
    `insert into shipments (id, reference, to_address, from_address, parcel, rates, stage, tracking_code)
     values ('shp_planted', '${id}', '{}', '{}', '{}', '[]', 'labelled', 'WB-PLANTED')`,
  );

const vanished = (what: string, id: string, more: readonly (readonly [Service, string, string])[] = []): Planted => ({
  what,
  named: id,
  tables: [
    ['orders', 'orders'],
    ['orders', 'order_events'],
    ...more.map(([service, table]) => [service, table] as const),
  ],
  sql: [
    ['orders', `delete from orders where id = '${id}'`],
    ['orders', `delete from order_events where order_id = '${id}'`],
    ...more.map(([service, , sql]) => [service, sql] as const),
  ],
});

/** What each invariant forbids, one at a time. */
export const PLANTED: Readonly<Record<'A' | 'M' | 'S' | 'C' | 'R', readonly Planted[]>> = {
  A: [
    vanished('an order that orders answered and lost', declined),
    vanished('an order that only its client remembers', declined, [
      ['orders', 'idempotency_claims', `delete from idempotency_claims where order_id = '${declined}'`],
      ['payments', 'charges', `delete from charges where order_id = '${declined}'`],
    ]),
    order('an order that nobody brings to an end', confirmed, `status = 'PAID'`),
    order(
      'an order past its promised day',
      confirmed,
      `progress = jsonb_set(progress, '{shipments,0,deliverBy}', '"2020-01-01T00:00:00Z"')`,
    ),
    label('a second parcel of an order', delivered),
    plant(
      'a confirmed order that the carrier does not know',
      confirmed,
      'carrier-simulator',
      'shipments',
      `update shipments set stage = 'voided' where reference = '${confirmed}'`,
    ),
  ],
  M: [
    entry('a second charge at the provider', delivered, 'charge', 1),
    entry('a refund of an order that was delivered', delivered, 'refund', 100),
    entry('a charge of no order', NOBODY, 'charge', 100),
    plant(
      'a rejected order whose refund is not at the provider',
      unserved,
      'payment-simulator',
      'ledger',
      `delete from ledger where order_id = '${unserved}' and kind = 'refund'`,
    ),
    plant(
      'a charge in another currency',
      shipped,
      'payment-simulator',
      'ledger',
      `update ledger set currency = 'sek' where order_id = '${shipped}'`,
    ),
    charge('a charge that payments has not heard of', shipped, `captured = 0`),
    plant(
      'a capture that was invoiced in part',
      shipped,
      'billing',
      'documents',
      `update documents set total = total - 1 where order_id = '${shipped}'`,
    ),
    plant(
      'an order that was invoiced for more than it paid',
      delivered,
      'billing',
      'documents',
      `update documents set total = total + 1 where order_id = '${delivered}'`,
    ),
    plant(
      'a refund without its credit note',
      cancelled,
      'billing',
      'documents',
      `update documents set total = 1 where order_id = '${cancelled}' and kind = 'credit-note'`,
    ),
    plant(
      'a number that was left out',
      'invoices of 2026',
      'billing',
      'counters',
      `update counters set last = last + 1 where kind = 'invoice'`,
    ),
    plant(
      'a number that was given out of turn',
      'credit-notes of 2026',
      'billing',
      'documents',
      `update documents set serial = serial + 100 where kind = 'credit-note' and serial = 1`,
    ),
    order(
      'an order that shows too little as paid',
      shipped,
      `progress = jsonb_set(progress, '{payment,captured}', '1')`,
    ),
  ],
  S: [
    stock('a unit too many', 'available = available + 1'),
    stock('a unit that is in two places', 'available = available - 1, reserved = reserved + 1'),
    stock('more given away than there was', 'available = -1, received = held + reserved + shipped + written_off - 1'),
    reservation('a shipped order whose stock is still reserved', shipped, 'reserved'),
    plant(
      'a confirmed order with a part of its goods',
      confirmed,
      'inventory',
      'reservation_lines',
      `delete from reservation_lines where order_id = '${confirmed}' and sku = '${linesOf(numberOf('confirmed'))[0]?.sku}'`,
    ),
    plant(
      'a reservation of no order',
      NOBODY,
      'inventory',
      'reservations',
      `insert into reservations (order_id, state) values ('${NOBODY}', 'reserved')`,
    ),
  ],
  C: [
    reservation('a cancelled order that still holds stock', cancelled, 'reserved'),
    charge('a cancelled order whose money is kept', cancelled, 'refunded = 0'),
    charge('a rejected order whose charge may still be made', declined, `state = 'STARTED'`),
    plant(
      'a cancelled order whose shipment goes on',
      cancelled,
      'shipping',
      'shipments',
      `update shipments set state = 'SCHEDULED' where order_id = '${cancelled}'`,
    ),
    label('a rejected order that the carrier has a label for', declined),
    label('a parcel of no order', NOBODY),
  ],
  R: [
    order('a version ahead of its log', delivered, 'version = version + 1'),
    order('a status that its log does not have', cancelled, `status = 'REJECTED'`),
    order('an attention that its log does not have', delivered, 'attention_since = now()'),
    plant(
      'a dead letter that expired',
      confirmed,
      'operations',
      'dead_letters',
      `insert into dead_letters (id, identity, queue, reason, attempts, first_at, last_at, order_id, properties, body, body_bytes)
       values ('${NOBODY}', 'x', 'order-facts', 'expired', 0, now(), now(), '${confirmed}', '{}', '', 0)`,
    ),
    plant(
      'a hole in a log',
      delivered,
      'orders',
      'order_events',
      `delete from order_events where order_id = '${delivered}' and version = 2`,
    ),
    plant(
      'an order whose log has gone',
      delivered,
      'orders',
      'order_events',
      `delete from order_events where order_id = '${delivered}'`,
    ),
    plant(
      'a message that was never sent',
      delivered,
      'orders',
      'outbox',
      `insert into outbox (lane, message_id, subject, routing_key, envelope) values ('events', gen_random_uuid(), '${delivered}',
         'OrderDelivered', '{"type":"OrderDelivered","correlationId":"${delivered}"}')`,
    ),
    plant(
      'a catalogue that shows something else',
      SKU,
      'catalog',
      'availability',
      `update availability set available = available - 1 where sku = '${SKU}' and warehouse = 'LEIPZIG'`,
    ),
  ],
};
