import Stripe from 'stripe';
import { remainingMs } from '#libs/grpc/call-context.js';
import { histogram } from '#libs/telemetry/metrics.js';
import { outsideCall } from '#libs/telemetry/tracing/hop.js';
import {
  PaymentProvider,
  ProviderUnavailable,
  type DeclineReason,
  type IntentOrder,
  type ProviderIntent,
  type RefundOrder,
  type StateChanged,
} from './payment-provider.js';
import { singleCallClient } from './single-call-client.js';
import { declineReasonOf, failureOf, isStateChanged, isUnknownPaymentMethod, tooSlow } from './stripe-errors.js';
import { intentOf } from './stripe-intent.js';

export interface StripeProviderOptions {
  readonly apiKey: string;
  /** Not Stripe itself but something that speaks its API. */
  readonly url?: string | undefined;
  readonly timeoutMs: number;
}

/** Left of the caller's deadline for recording and answering what the provider said. */
const ANSWER_RESERVE_MS = 500;
/** A call with less time than this would only create an outcome that nobody knows. */
const SHORTEST_CALL_MS = 100;

/** Against Stripe itself, the deterministic payment methods become Stripe's own test methods. */
const STRIPE_TEST_METHODS: Readonly<Record<string, string>> = {
  pm_ok: 'pm_card_visa',
  pm_declined: 'pm_card_visa_chargeDeclined',
  pm_insufficient_funds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
};

const STATE_CHANGED: StateChanged = { kind: 'state-changed' };

/** Stripe's PaymentIntents, through the official SDK. One call is one request: the SDK's own retries are off. */
export class StripeProvider extends PaymentProvider {
  private readonly stripe: Stripe;
  private readonly calls = histogram('waybill_provider_call_seconds', 'Calls to the payment provider', [
    'operation',
    'outcome',
  ]);

  constructor(private readonly options: StripeProviderOptions) {
    super();
    this.stripe = new Stripe(options.apiKey, {
      ...(options.url !== undefined && addressOf(new URL(options.url))),
      maxNetworkRetries: 0,
      timeout: options.timeoutMs,
      telemetry: false,
      httpClient: singleCallClient(options.url?.startsWith('http:') !== true),
    });
  }

  override createIntent({
    key,
    orderId,
    amount,
    paymentMethod,
  }: IntentOrder): ReturnType<PaymentProvider['createIntent']> {
    const parameters: Stripe.PaymentIntentCreateParams = {
      amount: amount.amount,
      currency: amount.currency.toLowerCase(),
      payment_method:
        this.options.url === undefined ? (STRIPE_TEST_METHODS[paymentMethod] ?? paymentMethod) : paymentMethod,
      allowed_payment_method_types: ['card'],
      metadata: { order_id: orderId },
    };
    return this.call(
      'create-intent',
      async (options) =>
        ({
          kind: 'created',
          intent: intentOf(await this.stripe.paymentIntents.create(parameters, { ...options, idempotencyKey: key })),
        }) as const,
      (error) => (isUnknownPaymentMethod(error) ? declined('PAYMENT_DECLINED') : undefined),
    );
  }

  override findIntent(id: string): Promise<ProviderIntent> {
    return this.call('find-intent', async (options) =>
      intentOf(await this.stripe.paymentIntents.retrieve(id, { expand: ['latest_charge.refunds'] }, options)),
    );
  }

  override confirmIntent(id: string): ReturnType<PaymentProvider['confirmIntent']> {
    return this.call(
      'confirm-intent',
      async (options) => {
        const intent = await this.stripe.paymentIntents.confirm(id, { error_on_requires_action: true }, options);
        return { kind: 'confirmed', intent: intentOf(intent) } as const;
      },
      (error) => {
        if (isStateChanged(error)) return STATE_CHANGED;
        const reason = declineReasonOf(error);
        return reason && declined(reason);
      },
    );
  }

  override cancelIntent(id: string): ReturnType<PaymentProvider['cancelIntent']> {
    return this.call(
      'cancel-intent',
      async (options) => {
        await this.stripe.paymentIntents.cancel(id, {}, options);
        return { kind: 'cancelled' } as const;
      },
      (error) => (isStateChanged(error) ? STATE_CHANGED : undefined),
    );
  }

  override refund({ key, intentId, amount }: RefundOrder): ReturnType<PaymentProvider['refund']> {
    return this.call(
      'refund',
      async (options) => {
        const refund = await this.stripe.refunds.create(
          { payment_intent: intentId, amount },
          { ...options, idempotencyKey: key },
        );
        if (refund.status === 'failed' || refund.status === 'canceled') {
          throw new ProviderUnavailable(
            true,
            'UNAVAILABLE',
            `The provider's refund ended as ${refund.status}: ${refund.failure_reason ?? 'no reason given'}`,
          );
        }
        return { kind: refund.status === 'succeeded' ? 'refunded' : 'pending' } as const;
      },
      (error) => (isStateChanged(error) ? STATE_CHANGED : undefined),
    );
  }

  /** One request. `refusal` turns an error that is an answer into a value, so that no breaker counts it. */
  private async call<Answer, Refusal = never>(
    operation: string,
    send: (options: Stripe.RequestOptions) => Promise<Answer>,
    refusal: (error: Stripe.errors.StripeError) => Refusal | undefined = () => undefined,
  ): Promise<Answer | Refusal> {
    const timeout = remainingMs(this.options.timeoutMs + ANSWER_RESERVE_MS) - ANSWER_RESERVE_MS;
    if (timeout < SHORTEST_CALL_MS) {
      throw new ProviderUnavailable(
        false,
        'DEADLINE_EXCEEDED',
        `No time is left for ${operation} at the provider; nothing was sent`,
      );
    }
    const stop = this.calls.startTimer({ operation });
    try {
      const answer = await outsideCall('payment-provider', operation, () =>
        within(timeout, send({ timeout }), operation).catch((error: unknown) =>
          refusedOrFailed(operation, error, refusal),
        ),
      );
      stop({ outcome: 'answered' });
      return answer;
    } catch (error) {
      stop({ outcome: 'failed' });
      throw error;
    }
  }
}

/** The SDK's timeout is one for silence; a provider that answers drop by drop would get round it. */
async function within<Answer>(ms: number, call: Promise<Answer>, operation: string): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(operation)), ms);
  });
  try {
    return await Promise.race([call, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function refusedOrFailed<Refusal>(
  operation: string,
  error: unknown,
  refusal: (error: Stripe.errors.StripeError) => Refusal | undefined,
): Refusal {
  const refused = error instanceof Stripe.errors.StripeError ? refusal(error) : undefined;
  if (refused === undefined) throw failureOf(operation, error);
  return refused;
}

function declined(reason: DeclineReason): { readonly kind: 'declined'; readonly reason: DeclineReason } {
  return { kind: 'declined', reason };
}

function addressOf(url: URL): { host: string; port: string; protocol: 'http' | 'https' } {
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  return { host: url.hostname, port: url.port || (protocol === 'http' ? '80' : '443'), protocol };
}
