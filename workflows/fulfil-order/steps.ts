import type { LineData } from '#libs/contracts/events.js';
import type { StepName } from '#libs/contracts/steps.js';
import type { Step } from '../saga.js';
import type { FulfilOrderInput, ShippingAnswer, StepActivities, StepAnswer } from './contract.js';

export interface FulfilmentStep<Answer extends StepAnswer = StepAnswer> extends Step {
  readonly name: StepName;
  readonly doing: string;
  readonly undoing: string;
  readonly do: (activities: StepActivities, attemptsBefore: number) => Promise<Answer>;
  readonly undo: (activities: StepActivities, attemptsBefore: number) => Promise<StepAnswer>;
  readonly arbiter?: (activities: StepActivities) => Promise<boolean>;
}

export interface FulfilmentSteps {
  readonly reserveInventory: FulfilmentStep;
  readonly processPayment: FulfilmentStep;
  readonly scheduleShipping: FulfilmentStep<ShippingAnswer>;
}

/** What it takes to fulfil an order, in this order, and how each step is undone. */
export function stepsOf(order: FulfilOrderInput['order']): FulfilmentSteps {
  const { orderId, customerId, total, paymentMethod, shippingAddress, shippingMethod } = order;
  const lines = order.items.map(({ sku, quantity }): LineData => ({ sku, quantity }));
  return {
    reserveInventory: {
      name: 'reserve-inventory',
      doing: 'Reserving the stock',
      undoing: 'Releasing the stock',
      do: (activities, attemptsBefore) => activities.reserveInventory({ orderId, attemptsBefore, lines }),
      undo: (activities, attemptsBefore) => activities.releaseInventory({ orderId, attemptsBefore }),
    },
    processPayment: {
      name: 'process-payment',
      doing: 'Charging the payment',
      undoing: 'Giving the payment back',
      do: (activities, attemptsBefore) =>
        activities.processPayment({ orderId, attemptsBefore, customerId, amount: total, paymentMethod }),
      undo: (activities, attemptsBefore) => activities.settlePayment({ orderId, attemptsBefore }),
    },
    scheduleShipping: {
      name: 'schedule-shipping',
      doing: 'Scheduling the shipment',
      undoing: 'Cancelling the shipment',
      do: (activities, attemptsBefore) =>
        activities.scheduleShipping({ orderId, attemptsBefore, lines, address: shippingAddress, shippingMethod }),
      undo: (activities, attemptsBefore) => activities.unscheduleShipping({ orderId, attemptsBefore }),
      // The carrier may hand the parcel over at any moment from now on, and after that nothing is undone.
      arbiter: async (activities) => (await activities.cancelShipment({ orderId })).stopped,
    },
  };
}
