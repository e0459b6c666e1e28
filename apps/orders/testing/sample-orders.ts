import type { EventData } from '#libs/contracts/events.js';
import type { StepDirection, StepName, StepOutcome } from '#libs/contracts/steps.js';
import type { RecordStep } from '../order/commands.js';
import type { EventOf, OrderEvent } from '#libs/order-log/events.js';

const orderId = '01930000-0000-7000-8000-000000000001';
const customerId = 'customer-1';
const total = { amount: 2598, currency: 'EUR' };
const at = '2026-11-20T10:00:00.000Z';
const shipment = {
  id: 'shp-1',
  tracking: 'TRK1',
  items: [{ sku: 'MUG', quantity: 2 }],
  deliverBy: '2026-12-04T10:00:00.000Z',
};

/** One sample order, and everything that can happen to it. */
export const SAMPLE = { orderId, customerId, total, at, shipment };

export const placed: EventOf<'OrderPlaced'> = {
  type: 'OrderPlaced',
  data: {
    orderId,
    customerId,
    items: [
      {
        sku: 'MUG',
        name: 'Mug',
        quantity: 2,
        unitPrice: { amount: 1299, currency: 'EUR' },
        lineTotal: { amount: 2598, currency: 'EUR' },
      },
    ],
    total,
    paymentMethod: 'pm_ok',
    shippingAddress: { name: 'Ada', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
    shippingMethod: 'standard',
    placedBy: { subject: customerId, kind: 'customer' },
    placedAt: at,
  },
};

/** What a step's `ok` carries besides. */
function result(step: StepName, direction: StepDirection, outcome: StepOutcome) {
  if (outcome !== 'ok') return {};
  if (step === 'process-payment') return { amount: total };
  return step === 'schedule-shipping' && direction === 'do' ? { shipment } : {};
}

type StepData = Partial<Pick<RecordStep, 'startedAt' | 'endedAt' | 'detail' | 'amount'>>;

export function recordStep(
  step: StepName,
  direction: StepDirection,
  attempt: number,
  outcome: StepOutcome,
  more: StepData = {},
): RecordStep {
  const times = { startedAt: at, endedAt: '2026-11-20T10:00:00.020Z', detail: '' };
  return {
    type: 'record-step',
    step,
    direction,
    attempt,
    outcome,
    ...times,
    ...result(step, direction, outcome),
    ...more,
  };
}

export function progressed(...args: Parameters<typeof recordStep>): EventOf<'OrderProgressed'> {
  const { type: _type, ...data } = recordStep(...args);
  return { type: 'OrderProgressed', data: { orderId, ...data } };
}

export function unreported(step: StepName, direction: StepDirection, attempt: number): EventOf<'OrderProgressed'> {
  const detail = 'Nobody reported how this attempt ended';
  return progressed(step, direction, attempt, 'timed_out', { startedAt: null, endedAt: null, detail });
}

export const reserved = progressed('reserve-inventory', 'do', 1, 'ok');
export const paid = progressed('process-payment', 'do', 1, 'ok');
export const scheduled = progressed('schedule-shipping', 'do', 1, 'ok');
export const confirmed: EventOf<'OrderConfirmed'> = {
  type: 'OrderConfirmed',
  data: { orderId, customerId, items: placed.data.items, total, shipments: [shipment] },
};
export const rejecting = (reason: EventData['OrderRejecting']['reason']): OrderEvent => ({
  type: 'OrderRejecting',
  data: { orderId, reason },
});
export const cancelling: OrderEvent = {
  type: 'OrderCancelling',
  data: { orderId, reason: 'CANCELLED_BY_CUSTOMER' },
};
export const cancelled: OrderEvent = {
  type: 'OrderCancelled',
  data: { orderId, customerId, items: placed.data.items, total: placed.data.total, reason: 'CANCELLED_BY_CUSTOMER' },
};
export const shipped: OrderEvent = {
  type: 'OrderShipped',
  data: { orderId, customerId, factId: 'fact-1', shipmentId: shipment.id, at },
};
export const delivered: OrderEvent = {
  type: 'OrderDelivered',
  data: { orderId, customerId, factId: 'fact-2', shipmentId: shipment.id, at },
};
export const undone = (step: StepName): OrderEvent => progressed(step, 'undo', 1, 'ok');

export const toConfirmed: readonly OrderEvent[] = [placed, reserved, paid, scheduled, confirmed];
