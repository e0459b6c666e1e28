import { Inject, Injectable } from '@nestjs/common';
import type { ProcessPaymentCall, StepAnswer, StepCall } from '#workflows/fulfil-order/contract.js';
import { AttemptStep } from '../attempt-step/attempt-step.js';
import { PAYMENTS, type Payments } from '../participants.js';

const step = 'process-payment';

@Injectable()
export class ProcessPayment {
  constructor(
    @Inject(PAYMENTS) private readonly payments: Payments,
    private readonly attempts: AttemptStep,
  ) {}

  async do(call: ProcessPaymentCall): Promise<StepAnswer> {
    const { orderId, customerId, amount, paymentMethod } = call;
    const { answer } = await this.attempts.make({
      step,
      direction: 'do',
      call,
      ask: (options) => this.payments.charge({ orderId, customerId, amount, paymentMethod }, options),
      tell: ({ captured = amount }) => ({ detail: 'Payment captured', amount: captured }),
    });
    return answer;
  }

  /** Settled means: nothing is charged, and nothing can be charged any more. */
  async undo(call: StepCall): Promise<StepAnswer> {
    const { answer } = await this.attempts.make({
      step,
      direction: 'undo',
      call,
      ask: (options) => this.payments.settle({ orderId: call.orderId }, options),
      tell: ({ refunded }) =>
        refunded && refunded.amount > 0
          ? { detail: 'Payment refunded', amount: refunded }
          : { detail: 'Nothing was charged, and nothing can be any more' },
    });
    return answer;
  }
}
