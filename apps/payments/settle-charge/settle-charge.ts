import { Injectable } from '@nestjs/common';
import { WaybillError, unreachable } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import type { OrderId } from '#libs/kernel/ids.js';
import type { Charge } from '../schema.js';
import { Charges } from '../charges.js';
import { PaymentProvider, ProviderUnavailable, type ProviderIntent } from '../provider/payment-provider.js';
import { nextSettleStep, type SettleStep } from './next-settle-step.js';

const MOST_STEPS = 12;

/**
 * Undoes a charge for good, also one that was never made, is being made, or whose outcome nobody knows.
 * Returns only when nothing is charged and no later charge of this order can succeed.
 */
@Injectable()
export class SettleCharge {
  constructor(
    private readonly charges: Charges,
    private readonly provider: PaymentProvider,
  ) {}

  /** @throws WaybillError UNAVAILABLE or DEADLINE_EXCEEDED: not settled yet, call again. */
  async execute(orderId: OrderId): Promise<Charge> {
    let charge: Charge | undefined;
    let intent: ProviderIntent | undefined;
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const step = nextSettleStep(charge, intent);
      switch (step.kind) {
        case 'answer':
          await failpoint('settle-charge.before-reply');
          return step.charge;
        case 'wait':
          throw new ProviderUnavailable(
            true,
            'UNAVAILABLE',
            'The payment provider has accepted the refund and not completed it yet; ask again later',
          );
        case 'forbid':
          charge = await this.charges.forbid(orderId);
          await failpoint('settle-charge.after-forbid');
          break;
        case 'look':
          intent = await this.provider.findIntent(step.intentId);
          break;
        case 'cancel':
          intent = await this.cancel(step.intent);
          break;
        case 'refund':
          intent = await this.refund(step);
          break;
        case 'record-voided':
          charge = await this.charges.recordVoided(step.charge);
          break;
        case 'record-captured':
          charge = await this.charges.recordCaptured(step.charge, step.captured);
          break;
        case 'record-refunded':
          charge = await this.charges.recordRefunded(step.charge, step.refunded);
          break;
        default:
          return unreachable(step);
      }
    }
    throw new WaybillError('UNAVAILABLE', 'This charge keeps changing under our hands; settle it again in a moment');
  }

  /** Undefined: look again. */
  private async cancel(intent: ProviderIntent): Promise<ProviderIntent | undefined> {
    const { kind } = await this.provider.cancelIntent(intent.id);
    await failpoint('settle-charge.after-cancel');
    return kind === 'cancelled' ? { ...intent, status: 'cancelled' } : undefined;
  }

  private async refund({
    charge,
    intent,
    amount,
  }: Extract<SettleStep, { kind: 'refund' }>): Promise<ProviderIntent | undefined> {
    const key = `waybill:refund:${charge.order_id}:${charge.refund_attempt}`;
    try {
      const { kind } = await this.provider.refund({ key, intentId: intent.id, amount });
      await failpoint('settle-charge.after-refund');
      if (kind === 'state-changed') return undefined;
      return kind === 'refunded'
        ? { ...intent, refunded: intent.refunded + amount }
        : { ...intent, refundsPending: intent.refundsPending + amount };
    } catch (error) {
      // The provider repeats its failure to this key; the next attempt looks first, then asks under a new one.
      if (error instanceof ProviderUnavailable && error.answered) await this.charges.beginNextRefundAttempt(charge);
      throw error;
    }
  }
}
