import { Injectable } from '@nestjs/common';
import type { FulfilmentActivities } from '#workflows/fulfil-order/contract.js';
import { AmendReservation } from './amend-reservation/amend-reservation.js';
import { AttemptStep } from './attempt-step/attempt-step.js';
import { CancelShipment } from './cancel-shipment/cancel-shipment.js';
import type { Participants } from './participants.js';
import { ProcessPayment } from './process-payment/process-payment.js';
import { RecordProgress } from './record-progress/record-progress.js';
import { ReserveInventory } from './reserve-inventory/reserve-inventory.js';
import { ScheduleShipping } from './schedule-shipping/schedule-shipping.js';
import { ShipOrder } from './ship-order/ship-order.js';

/** Every activity that the workflow names, and who does it. */
@Injectable()
export class Activities {
  constructor(
    private readonly reserveInventory: ReserveInventory,
    private readonly amendReservation: AmendReservation,
    private readonly processPayment: ProcessPayment,
    private readonly scheduleShipping: ScheduleShipping,
    private readonly cancelShipment: CancelShipment,
    private readonly shipOrder: ShipOrder,
    private readonly progress: RecordProgress,
  ) {}

  /** Without Nest: the same activities over other participants, as tests use them. */
  static over({ inventory, payments, shipping, progress }: Participants): Activities {
    const attempts = new AttemptStep(progress);
    return new Activities(
      new ReserveInventory(inventory, attempts),
      new AmendReservation(inventory),
      new ProcessPayment(payments, attempts),
      new ScheduleShipping(shipping, attempts),
      new CancelShipment(shipping),
      new ShipOrder(inventory, progress),
      new RecordProgress(progress),
    );
  }

  table(): FulfilmentActivities {
    const { reserveInventory, amendReservation, processPayment, scheduleShipping, cancelShipment } = this;
    const { shipOrder, progress } = this;
    return {
      reserveInventory: (call) => reserveInventory.do(call),
      releaseInventory: (call) => reserveInventory.undo(call),
      amendReservation: (call) => amendReservation.do(call),
      processPayment: (call) => processPayment.do(call),
      settlePayment: (call) => processPayment.undo(call),
      scheduleShipping: (call) => scheduleShipping.do(call),
      unscheduleShipping: (call) => scheduleShipping.undo(call),
      cancelShipment: (call) => cancelShipment.decide(call),
      shipOrder: (record) => shipOrder.ship(record),
      recordStep: (record) => progress.recordStep(record),
      beginUndo: (record) => progress.beginUndo(record),
      recordEnding: (record) => progress.recordEnding(record),
      recordDecision: (record) => progress.recordDecision(record),
      recordAmendment: (record) => progress.recordAmendment(record),
      recordAttention: (record) => progress.recordAttention(record),
      recordFact: (record) => progress.recordFact(record),
    };
  }
}
