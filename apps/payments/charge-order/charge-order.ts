import { Injectable } from '@nestjs/common';
import { WaybillError, unreachable } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import type { Charge } from '../schema.js';
import { Charges, type ChargeOrderRequest } from '../charges.js';
import { PaymentProvider, ProviderUnavailable, type ProviderIntent } from '../provider/payment-provider.js';
import { nextChargeStep, type ChargeStep } from './next-charge-step.js';

/** More than any sequence of states needs; who gets there has met others at work on the same charge, again and again. */
const MOST_STEPS = 10;

const REFUSALS: Readonly<Record<Extract<ChargeStep, { kind: 'refuse' }>['code'], string>> = {
  PAYMENT_DECLINED: 'The payment was declined; another payment method may work',
  INSUFFICIENT_FUNDS: 'The payment was declined for lack of funds; another payment method may work',
  SETTLED: 'The charge of this order was settled: it will never be made',
  IDEMPOTENCY_KEY_REUSED: 'This order was charged with another amount or payment method',
};

/**
 * Charges an order once, whatever became of earlier calls: makes an intent, commits its id, then confirms it.
 * Every step can be the last one of a dying process; the next call goes on from what is stored and what the provider says.
 */
@Injectable()
export class ChargeOrder {
  constructor(
    private readonly charges: Charges,
    private readonly provider: PaymentProvider,
  ) {}

  /** @throws WaybillError PAYMENT_DECLINED, INSUFFICIENT_FUNDS, SETTLED; UNAVAILABLE or DEADLINE_EXCEEDED: call again. */
  async execute(request: ChargeOrderRequest): Promise<Charge> {
    let charge = await this.charges.find(request.orderId);
    let intent: ProviderIntent | undefined;
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const step = nextChargeStep(request, charge, intent);
      switch (step.kind) {
        case 'answer':
          await failpoint('charge-order.before-reply');
          return step.charge;
        case 'refuse':
          throw new WaybillError(step.code, REFUSALS[step.code]);
        case 'wait':
          throw new ProviderUnavailable(
            true,
            'UNAVAILABLE',
            'The payment provider has not decided about this charge yet; ask again later',
          );
        case 'create-intent':
          ({ charge, intent } = await this.createIntent(request, step.attempt));
          break;
        case 'look':
          intent = await this.provider.findIntent(step.intentId);
          break;
        case 'confirm':
          ({ charge, intent } = await this.confirm(step.charge, step.intentId));
          break;
        case 'record-captured':
          charge = await this.charges.recordCaptured(step.charge, step.captured);
          break;
        case 'record-declined':
          charge = await this.charges.recordDeclined(step.charge, step.reason);
          break;
        default:
          return unreachable(step);
      }
    }
    throw new WaybillError('UNAVAILABLE', 'This charge keeps changing under our hands; try again in a moment');
  }

  private async createIntent(
    request: ChargeOrderRequest,
    attempt: number,
  ): Promise<{ charge: Charge; intent?: ProviderIntent }> {
    const { orderId, amount, paymentMethod } = request;
    const key = `waybill:charge:${orderId}:${attempt}`;
    const created = await this.provider
      .createIntent({ key, orderId, amount, paymentMethod })
      .catch((error: unknown) => this.leaveKey(request, attempt, error));
    await failpoint('charge-order.after-intent');
    switch (created.kind) {
      case 'created':
        return { charge: await this.charges.start(request, created.intent.id, attempt), intent: created.intent };
      case 'declined':
        return {
          charge: await this.charges.recordDeclined(await this.charges.start(request, null, attempt), created.reason),
        };
      default:
        return unreachable(created);
    }
  }

  /** The provider repeats its failure to this key. An intent that it made all the same is never confirmed: its id is nowhere. */
  private async leaveKey(request: ChargeOrderRequest, attempt: number, error: unknown): Promise<never> {
    if (error instanceof ProviderUnavailable && error.answered) await this.charges.start(request, null, attempt + 1);
    throw error;
  }

  private async confirm(charge: Charge, intentId: string): Promise<{ charge: Charge; intent?: ProviderIntent }> {
    await failpoint('charge-order.before-confirm');
    const confirmed = await this.provider.confirmIntent(intentId);
    await failpoint('charge-order.after-confirm');
    switch (confirmed.kind) {
      case 'confirmed':
        return { charge, intent: confirmed.intent };
      case 'declined':
        return { charge: await this.charges.recordDeclined(charge, confirmed.reason) };
      case 'state-changed':
        return { charge };
      default:
        return unreachable(confirmed);
    }
  }
}
