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

type Order = FulfilOrderInput['order'];

export interface FulfilmentSteps {
  readonly reserveInventory: FulfilmentStep;
  readonly processPayment: FulfilmentStep;
  readonly scheduleShipping: FulfilmentStep<ShippingAnswer>;
}

/**
 * What it takes to fulfil an order, in this order, and how each step is undone. What is held for it is what was placed; what
 * is charged and sent is the order as it was `amended` by then. Releasing gives back what the reservation holds by then.
 */
export function stepsOf(placed: Order, amended: () => Order): FulfilmentSteps {
  const { orderId, customerId, paymentMethod, shippingMethod } = placed;
  return {
    reserveInventory: {
      name: 'reserve-inventory',
      doing: 'Reserving the stock',
      undoing: 'Releasing the stock',
      do: (activities, attemptsBefore) =>
        activities.reserveInventory({ orderId, attemptsBefore, lines: linesOf(placed) }),
      undo: (activities, attemptsBefore) => activities.releaseInventory({ orderId, attemptsBefore }),
    },
    processPayment: {
      name: 'process-payment',
      doing: 'Charging the payment',
      undoing: 'Giving the payment back',
      do: (activities, attemptsBefore) =>
        activities.processPayment({ orderId, attemptsBefore, customerId, amount: amended().total, paymentMethod }),
      undo: (activities, attemptsBefore) => activities.settlePayment({ orderId, attemptsBefore }),
    },
    scheduleShipping: {
      name: 'schedule-shipping',
      doing: 'Scheduling the shipment',
      undoing: 'Cancelling the shipment',
      do: (activities, attemptsBefore) =>
        activities.scheduleShipping({
          orderId,
          attemptsBefore,
          lines: linesOf(amended()),
          address: amended().shippingAddress,
          shippingMethod,
        }),
      undo: (activities, attemptsBefore) => activities.unscheduleShipping({ orderId, attemptsBefore }),
      // The carrier may hand the parcel over at any moment from now on, and after that nothing is undone.
      arbiter: async (activities) => (await activities.cancelShipment({ orderId })).stopped,
    },
  };
}

export function linesOf({ items }: Pick<Order, 'items'>): readonly LineData[] {
  return items.map(({ sku, quantity }) => ({ sku, quantity }));
}
