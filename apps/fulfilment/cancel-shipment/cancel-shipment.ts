import { Inject, Injectable } from '@nestjs/common';
import { isWaybillError } from '#libs/kernel/errors.js';
import { withLogContext } from '#libs/telemetry/logger.js';
import { activityFailure } from '../attempt-step/refusals.js';
import { TimeBudget } from '../attempt-step/time-budget.js';
import { SHIPPING, type Shipping } from '../participants.js';

/** Asks shipping, the arbiter of "too late to cancel". The decision is recorded by the workflow. */
@Injectable()
export class CancelShipment {
  constructor(@Inject(SHIPPING) private readonly shipping: Shipping) {}

  /** @throws ApplicationFailure while there is no answer. */
  decide({ orderId }: { readonly orderId: string }): Promise<{ readonly stopped: boolean }> {
    return withLogContext({ orderId }, async () => {
      try {
        await this.shipping.cancelShipment({ orderId }, new TimeBudget().forParticipant());
        return { stopped: true };
      } catch (error) {
        if (isWaybillError(error, 'TOO_LATE')) return { stopped: false };
        throw activityFailure(error);
      }
    });
  }
}
