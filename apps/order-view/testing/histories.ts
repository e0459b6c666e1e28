import type { EventData } from '#libs/contracts/events.js';
import type { StepName } from '#libs/contracts/steps.js';
import { newId, type OrderId } from '#libs/kernel/ids.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import type { LoggedEvent } from '../projections/projection.js';

export type Ending = 'delivered' | 'rejected' | 'cancelled' | 'amended' | 'open';

export interface HistoryOptions {
  readonly orderId?: string;
  readonly customerId?: string;
  readonly ending?: Ending;
  readonly sku?: string;
  readonly quantity?: number;
  readonly placedAt?: Date;
}

const MS = 100;

/** An order's whole log, with whichever end it takes. */
export function historyOf({
  orderId = newId<OrderId>(),
  customerId = 'anna',
  ending = 'delivered',
  sku = 'MUG',
  quantity = 2,
  placedAt = new Date(),
}: HistoryOptions = {}): LoggedEvent[] {
  const order = placed(orderId, customerId, sku, quantity, placedAt);
  const events = [{ type: 'OrderPlaced', data: order } as const, ...rest(order, ending)];
  return events.map((event, index) => ({
    orderId,
    version: index + 1,
    event,
    occurredAt: new Date(placedAt.getTime() + index * MS),
  }));
}

type Placed = EventData['OrderPlaced'];

function placed(orderId: string, customerId: string, sku: string, quantity: number, placedAt: Date): Placed {
  const unitPrice = { amount: 1_299, currency: 'EUR' };
  const total = { amount: 1_299 * quantity, currency: 'EUR' };
  return {
    orderId,
    customerId,
    items: [{ sku, name: 'Mug', quantity, unitPrice, lineTotal: total }],
    total,
    paymentMethod: 'pm_ok',
    shippingAddress: { name: 'Ada', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
    shippingMethod: 'standard',
    placedBy: { subject: customerId, kind: 'customer' },
    placedAt: placedAt.toISOString(),
  };
}

function rest(order: Placed, ending: Ending): OrderEvent[] {
  const { orderId, customerId, items, total, placedAt } = order;
  const shipment = {
    id: `shp-${orderId}`,
    tracking: 'WB1',
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
    deliverBy: placedAt,
  };
  const step = (
    name: StepName,
    direction: 'do' | 'undo',
    outcome: 'ok' | 'refused',
    more: object = {},
  ): OrderEvent => ({
    type: 'OrderProgressed',
    data: {
      orderId,
      step: name,
      direction,
      attempt: 1,
      outcome,
      startedAt: placedAt,
      endedAt: placedAt,
      detail: '',
      ...more,
    },
  });
  const reserved = step('reserve-inventory', 'do', 'ok');
  const paid = step('process-payment', 'do', 'ok', { amount: total });
  const scheduled = step('schedule-shipping', 'do', 'ok', { shipment });
  const confirmed: OrderEvent = {
    type: 'OrderConfirmed',
    data: { orderId, customerId, items, total, shipments: [shipment] },
  };
  const parcel = { orderId, customerId, factId: 'fact', shipmentId: shipment.id, at: placedAt };
  switch (ending) {
    case 'open':
      return [reserved, paid];
    case 'amended':
      return [reserved, amended(order), paid, scheduled];
    case 'delivered':
      return [
        reserved,
        paid,
        scheduled,
        confirmed,
        { type: 'OrderShipped', data: parcel },
        { type: 'OrderDelivered', data: parcel },
      ];
    case 'rejected':
      return [
        reserved,
        step('process-payment', 'do', 'refused'),
        { type: 'OrderRejecting', data: { orderId, reason: 'PAYMENT_DECLINED' } },
        step('reserve-inventory', 'undo', 'ok'),
        { type: 'OrderRejected', data: { orderId, customerId, reason: 'PAYMENT_DECLINED' } },
      ];
    case 'cancelled':
      return [
        reserved,
        paid,
        scheduled,
        confirmed,
        { type: 'CancelAccepted', data: { orderId, commandId: 'c', requestedBy: 'customer' } },
        { type: 'OrderCancelling', data: { orderId, reason: 'CANCELLED_BY_CUSTOMER' } },
        step('schedule-shipping', 'undo', 'ok'),
        step('process-payment', 'undo', 'ok', { amount: total }),
        step('reserve-inventory', 'undo', 'ok'),
        { type: 'OrderCancelled', data: { orderId, customerId, reason: 'CANCELLED_BY_CUSTOMER' } },
      ];
  }
}

/** One more of everything. */
function amended({ orderId, customerId, items, total, shippingAddress }: Placed): OrderEvent {
  const more = items.map((item) => ({
    ...item,
    quantity: item.quantity + 1,
    lineTotal: { ...item.lineTotal, amount: item.lineTotal.amount + item.unitPrice.amount },
  }));
  const added = items.reduce((sum, { unitPrice }) => sum + unitPrice.amount, 0);
  return {
    type: 'AmendApplied',
    data: {
      ...{ orderId, customerId, commandId: 'amend', requestedBy: 'customer', shippingAddress },
      items: more,
      total: { ...total, amount: total.amount + added },
    },
  };
}

const ENDINGS: readonly Ending[] = ['delivered', 'rejected', 'cancelled', 'amended', 'open'];

/** Orders of all endings. */
export function histories(count: number, more: HistoryOptions = {}): LoggedEvent[][] {
  return Array.from({ length: count }, (_, n) =>
    historyOf({ ending: ENDINGS[n % ENDINGS.length] ?? 'open', sku: `SKU-${n % 5}`, quantity: 1 + (n % 3), ...more }),
  );
}
