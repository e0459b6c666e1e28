import { Inject, Injectable } from '@nestjs/common';
import type { ReserveInventoryCall, StepAnswer, StepCall } from '#workflows/fulfil-order/contract.js';
import { AttemptStep } from '../attempt-step/attempt-step.js';
import { INVENTORY, type Inventory } from '../participants.js';

const step = 'reserve-inventory';

@Injectable()
export class ReserveInventory {
  constructor(
    @Inject(INVENTORY) private readonly inventory: Inventory,
    private readonly attempts: AttemptStep,
  ) {}

  async do(call: ReserveInventoryCall): Promise<StepAnswer> {
    const { answer } = await this.attempts.make({
      step,
      direction: 'do',
      call,
      ask: (options) => this.inventory.reserve({ orderId: call.orderId, lines: [...call.lines] }, options),
      tell: () => ({ detail: 'Stock reserved' }),
    });
    return answer;
  }

  async undo(call: StepCall): Promise<StepAnswer> {
    const { answer } = await this.attempts.make({
      step,
      direction: 'undo',
      call,
      ask: (options) => this.inventory.release({ orderId: call.orderId }, options),
      tell: () => ({ detail: 'Stock released' }),
    });
    return answer;
  }
}
