import {
  Direction,
  Outcome,
  ShipmentStatus,
  type RecordFactRequest,
  type RecordStepRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { StepName } from '#libs/contracts/steps.js';
import type { Replica } from './orders-fixture.js';
import { CALL } from './orders-fixture.js';

export const STARTED = new Date('2026-11-20T10:00:00.000Z');
export const ENDED = new Date('2026-11-20T10:00:00.020Z');

/** An attempt that took 20 ms, with what its outcome has to carry. */
export function stepRequest(
  orderId: string,
  step: StepName,
  changes: Partial<RecordStepRequest> = {},
): RecordStepRequest {
  const { direction = Direction.DO, outcome = Outcome.OK } = changes;
  const paid = step === 'process-payment' && outcome === Outcome.OK;
  const scheduled = step === 'schedule-shipping' && direction === Direction.DO && outcome === Outcome.OK;
  return {
    orderId,
    step,
    direction,
    attempt: 1,
    outcome,
    startedAt: STARTED,
    endedAt: ENDED,
    detail: '',
    amount: paid ? { amount: 2598, currency: 'EUR' } : undefined,
    shipment: scheduled ? shipmentOf(orderId) : undefined,
    ...changes,
  };
}

export function shipmentOf(orderId: string) {
  const items = [{ sku: 'MUG', quantity: 2 }];
  return { id: `shp-${orderId}`, tracking: 'TRK1', items, deliverBy: new Date('2026-12-04T10:00:00.000Z') };
}

export function factRequest(orderId: string, fact: 'DISPATCHED' | 'DELIVERED'): RecordFactRequest {
  const factId = `${fact}-${orderId}`;
  return { orderId, factId, fact: ShipmentStatus[fact], shipmentId: shipmentOf(orderId).id, occurredAt: ENDED };
}

/** Records that every step was done, one after the other: the order is CONFIRMED. */
export async function confirm({ progress }: Replica, orderId: string): Promise<void> {
  for (const step of ['reserve-inventory', 'process-payment', 'schedule-shipping'] as const) {
    await progress.recordStep(stepRequest(orderId, step), CALL);
  }
}
