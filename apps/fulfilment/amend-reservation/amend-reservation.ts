import { Inject, Injectable } from '@nestjs/common';
import { withLogContext } from '#libs/telemetry/logger.js';
import type { AmendReservationCall } from '#workflows/fulfil-order/contract.js';
import { activityFailure, isRefusal } from '../attempt-step/refusals.js';
import { TimeBudget } from '../attempt-step/time-budget.js';
import { INVENTORY, type Inventory } from '../participants.js';

/** Makes an order's reservation hold other quantities. Inventory gives one command one answer, however often it is asked. */
@Injectable()
export class AmendReservation {
  constructor(@Inject(INVENTORY) private readonly inventory: Inventory) {}

  /** @throws ApplicationFailure whose type is inventory's code; a refusal is not retryable. */
  do({ orderId, commandId, lines }: AmendReservationCall): Promise<void> {
    return withLogContext({ orderId }, async () => {
      try {
        const { deadlineMs } = new TimeBudget().forRecord();
        await this.inventory.amendReservation({ orderId, commandId, lines: [...lines] }, { deadlineMs });
      } catch (error) {
        throw activityFailure(error, { final: isRefusal(error) });
      }
    });
  }
}
