import type { Money as GrpcMoney } from '#libs/contracts/generated/waybill/values/v1/values.js';
import type {
  Order as GrpcOrder,
  Shipment,
  TimelineEntry as GrpcTimelineEntry,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { Money } from '#libs/contracts/money.js';
import type { EndingReason, Order, TimelineEntry } from '#libs/contracts/http/orders.js';
import { WaybillError } from '#libs/kernel/errors.js';

/**
 * An order as the public API shows it.
 * @throws WaybillError INTERNAL when the service left out what every order has.
 */
export function presentOrder(answered: GrpcOrder | undefined): Order {
  const order = required(answered, 'order');
  const payment = required(order.payment, 'payment');
  return {
    id: order.id,
    customerId: order.customerId,
    status: publicName('ORDER_STATUS_', order.status),
    // The order's log holds no other reasons.
    ...(order.reason !== '' && { reason: order.reason as EndingReason }),
    version: order.version,
    items: order.items.map(({ sku, name, quantity, unitPrice, lineTotal }) => ({
      sku,
      name,
      quantity,
      unitPrice: required(unitPrice, 'unitPrice').amount,
      lineTotal: required(lineTotal, 'lineTotal').amount,
    })),
    total: presentMoney(order.total),
    payment: {
      status: publicName('PAYMENT_STATUS_', payment.status),
      captured: payment.captured,
      refunded: payment.refunded,
    },
    shipments: order.shipments.map(presentShipment),
    needsAttention: order.needsAttention
      ? {
          since: presentTime(order.needsAttention.since),
          step: order.needsAttention.step,
          reason: order.needsAttention.reason,
        }
      : null,
    createdAt: presentTime(order.createdAt),
    updatedAt: presentTime(order.updatedAt),
  };
}

export function presentTimelineEntry({
  at,
  kind,
  step,
  attempt,
  outcome,
  durationMs,
  detail,
}: GrpcTimelineEntry): TimelineEntry {
  return {
    at: presentTime(at),
    kind: lowerCase(publicName('TIMELINE_KIND_', kind)),
    step,
    attempt,
    outcome: lowerCase(publicName('OUTCOME_', outcome)),
    durationMs: durationMs ?? null,
    detail,
  };
}

export function presentMoney(money: GrpcMoney | undefined): Money {
  const { amount, currency } = required(money, 'money');
  return { amount, currency };
}

/** A strong validator: two answers with the same version are the same. */
export function etagOf({ version }: Pick<Order, 'version'>): string {
  return `"${version}"`;
}

function presentShipment({ id, status, tracking, items }: Shipment): Order['shipments'][number] {
  return {
    id,
    status: publicName('SHIPMENT_STATUS_', status),
    tracking,
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
  };
}

function presentTime(time: Date | undefined): string {
  return required(time, 'time').toISOString();
}

type PublicName<Prefix extends string, Value extends string> = Exclude<
  Value extends `${Prefix}${infer Name}` ? Name : never,
  'UNSPECIFIED'
>;

/** Protobuf's `ORDER_STATUS_PAID` as the API's `PAID`. */
function publicName<Prefix extends string, Value extends string>(
  prefix: Prefix,
  value: Value,
): PublicName<Prefix, Value> {
  const name = value.slice(prefix.length);
  if (!value.startsWith(prefix) || name === 'UNSPECIFIED')
    throw new WaybillError('INTERNAL', `A service answered ${value}`);
  return name as PublicName<Prefix, Value>;
}

function lowerCase<Name extends string>(name: Name): Lowercase<Name> {
  return name.toLowerCase() as Lowercase<Name>;
}

function required<Value>(value: Value | undefined, field: string): Value {
  if (value === undefined) throw new WaybillError('INTERNAL', `A service answered without ${field}`);
  return value;
}
