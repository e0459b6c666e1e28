import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '#libs/kernel/failpoints.js';
import { withLogContext } from '#libs/telemetry/logger.js';
import type { FactRecord } from '#workflows/fulfil-order/contract.js';
import { activityFailure } from '../attempt-step/refusals.js';
import { TimeBudget } from '../attempt-step/time-budget.js';
import { INVENTORY, PROGRESS, type Inventory, type Progress } from '../participants.js';
import { factRequest } from '../record-progress/progress-requests.js';

/** The parcel has left: its stock moves from reserved to shipped, then orders is told. Repeated as a whole until both are done. */
@Injectable()
export class ShipOrder {
  constructor(
    @Inject(INVENTORY) private readonly inventory: Inventory,
    @Inject(PROGRESS) private readonly progress: Progress,
  ) {}

  ship(record: FactRecord): Promise<void> {
    const { orderId } = record;
    return withLogContext({ orderId }, async () => {
      const budget = new TimeBudget();
      try {
        await this.inventory.ship({ orderId }, budget.forParticipant());
        await failpoint('ship-order.after-stock');
        await this.progress.recordFact(factRequest(record), budget.forRecord());
      } catch (error) {
        throw activityFailure(error);
      }
    });
  }
}
