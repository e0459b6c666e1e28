import type { Resilience } from '#libs/resilience/resilience.js';
import { PaymentProvider, type IntentOrder, type RefundOrder } from './payment-provider.js';

type Answer<Method extends keyof PaymentProvider> = ReturnType<PaymentProvider[Method]>;

/**
 * A provider behind the breakers and bulkheads of the policy table. Each call that pays has its own, those that undo have none:
 * what is stuck keeps nobody from paying, nor from being paid back. A decline is an answer. What is refused here was not sent, so the next attempt may send it.
 */
export class GuardedProvider extends PaymentProvider {
  constructor(
    private readonly provider: PaymentProvider,
    private readonly resilience: Resilience<'payments'>,
  ) {
    super();
  }

  override createIntent(order: IntentOrder): Answer<'createIntent'> {
    return this.guard('createIntent').run(() => this.provider.createIntent(order));
  }

  override findIntent(id: string): Answer<'findIntent'> {
    return this.guard('findIntent').run(() => this.provider.findIntent(id));
  }

  override confirmIntent(id: string): Answer<'confirmIntent'> {
    return this.guard('confirmIntent').run(() => this.provider.confirmIntent(id));
  }

  override cancelIntent(id: string): Answer<'cancelIntent'> {
    return this.guard('cancelIntent').run(() => this.provider.cancelIntent(id));
  }

  override refund(order: RefundOrder): Answer<'refund'> {
    return this.guard('refund').run(() => this.provider.refund(order));
  }

  private guard(method: keyof PaymentProvider) {
    return this.resilience.guard('payment-provider', method);
  }
}
