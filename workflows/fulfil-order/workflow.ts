import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { Saga, TurnedBack, type Turn } from '../saga.js';
import { decideAmendments } from './amend.js';
import { Attempts } from './attempts.js';
import { Attention } from './attention.js';
import { decideCancels } from './cancel.js';
import type { FulfilOrderInput, FulfilOrderResult } from './contract.js';
import { Display } from './display.js';
import { endingOf } from './endings.js';
import { Parcel } from './parcel.js';
import { Records } from './records.js';
import { stepsOf } from './steps.js';

/**
 * Takes an order from placed to delivered, or undoes it completely.
 *
 *   reserve inventory → charge the payment → schedule the shipment → CONFIRMED → handed over → DELIVERED
 *   what is asked of the order meanwhile, other quantities or another address, is decided between two steps
 *   any of them fails, or a cancel is accepted: what was started is undone in reverse → REJECTED or CANCELLED
 *
 * Once the parcel is handed over nothing is undone. Temporal's own cancellation is a request like any other: see cancel.ts.
 */
export async function fulfilOrder({ order, policy }: FulfilOrderInput): Promise<FulfilOrderResult> {
  const { orderId } = order;
  const steps = stepsOf(order, () => amendments.order);
  const display = new Display();
  const records = new Records(policy);
  const attention = new Attention(orderId, policy.attentionAfterMs, records, display);
  const attempts = new Attempts(orderId, policy, records, attention, display);
  const saga = new Saga(attempts, [steps.reserveInventory, steps.processPayment, steps.scheduleShipping]);
  const parcel = new Parcel(orderId, records, attention, display);
  const amendments = decideAmendments(order, policy, saga, attempts, records);
  decideCancels(orderId, saga, records);

  return CancellationScope.nonCancellable(async () => {
    try {
      return await fulfil();
    } catch (error) {
      if (error instanceof TurnedBack) return await undo(error.turn);
      throw error;
    } finally {
      await condition(() => allHandlersFinished() && records.settled);
    }
  });

  async function fulfil(): Promise<FulfilOrderResult> {
    await saga.run(steps.reserveInventory);
    await amendments.decideBefore(steps.processPayment);
    await saga.run(steps.processPayment);
    await amendments.decideBefore(steps.scheduleShipping);
    const { shipment } = await saga.run(steps.scheduleShipping);
    display.status('CONFIRMED');
    await parcel.follow(shipment, () => saga.turnedBack);
    saga.goOn();
    saga.complete();
    return { status: 'DELIVERED' };
  }

  async function undo(turn: Turn): Promise<FulfilOrderResult> {
    const ending = endingOf(turn);
    await condition(() => records.settled);
    const summary = `Record: ${ending.reason}, undoing`;
    await records.writeAfterHistory((orders) => orders.beginUndo({ orderId, ending }), summary);
    display.status(ending.status === 'REJECTED' ? 'REJECTING' : 'CANCELLING');
    await saga.undo();
    await condition(() => records.settled);
    await records.write((orders) => orders.recordEnding({ orderId, ending }), `Record: ${ending.status}`);
    display.status(ending.status);
    return ending;
  }
}
