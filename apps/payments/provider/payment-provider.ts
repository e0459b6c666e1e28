import type { Money } from '#libs/contracts/money.js';
import { WaybillError } from '#libs/kernel/errors.js';

export type DeclineReason = 'PAYMENT_DECLINED' | 'INSUFFICIENT_FUNDS';

/** Where an intent stands at the provider. */
export type IntentStatus =
  /** Not charged; a confirm charges it. */
  | 'confirmable'
  /** Not charged: the payment method was declined, and a confirm is refused from now on. */
  | 'declined'
  /** Charged. */
  | 'succeeded'
  /** Not charged, and never will be. */
  | 'cancelled'
  /** The provider has not decided yet. */
  | 'processing';

export interface ProviderIntent {
  readonly id: string;
  readonly status: IntentStatus;
  readonly captured: number;
  readonly refunded: number;
  /** Refunds that the provider has accepted and not completed. */
  readonly refundsPending: number;
  /** Why, when declined. */
  readonly declineReason?: DeclineReason;
}

export interface IntentOrder {
  /** The same key and parameters give the same intent, however often they are sent. */
  readonly key: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly paymentMethod: string;
}

export interface RefundOrder {
  /** One per real attempt: providers repeat the first answer to a key, a failure too. */
  readonly key: string;
  readonly intentId: string;
  readonly amount: number;
}

/** The intent was in another state than the call needs: look before doing anything else. */
export interface StateChanged {
  readonly kind: 'state-changed';
}

/**
 * A payment provider, as small calls from which a charge that is never made twice and a final settlement are built.
 * Guarantees that every adapter gives (`contract.ts` checks them):
 * an intent charges at most once; of a confirm and a cancel at most one succeeds; refunds never exceed what was captured.
 *
 * Each call is one request of bounded time. All throw `ProviderUnavailable` when the provider failed or did not answer,
 * and WaybillError INTERNAL when it refused the request as wrong.
 */
export abstract class PaymentProvider {
  /** An intent to charge. Charges nothing. `declined`: the provider knows no such payment method. */
  abstract createIntent(
    order: IntentOrder,
  ): Promise<
    | { readonly kind: 'created'; readonly intent: ProviderIntent }
    | { readonly kind: 'declined'; readonly reason: DeclineReason }
  >;
  abstract findIntent(id: string): Promise<ProviderIntent>;
  /** Charges the intent. The answer is the intent, succeeded, declined or still processing. */
  abstract confirmIntent(
    id: string,
  ): Promise<
    | { readonly kind: 'confirmed'; readonly intent: ProviderIntent }
    | { readonly kind: 'declined'; readonly reason: DeclineReason }
    | StateChanged
  >;
  /** Makes it impossible that the intent is ever charged. */
  abstract cancelIntent(id: string): Promise<{ readonly kind: 'cancelled' } | StateChanged>;
  /** Gives back a part of what was captured, at most what is left of it. */
  abstract refund(
    order: RefundOrder,
  ): Promise<{ readonly kind: 'refunded' } | { readonly kind: 'pending' } | StateChanged>;
}

/**
 * The provider failed (`answered`) or nobody knows what it did (not `answered`).
 * The same call may succeed later; one that may have had an effect is looked up before it is repeated.
 */
export class ProviderUnavailable extends WaybillError {
  constructor(
    /** The provider itself said that it failed: it will say so again to the same idempotency key. */
    readonly answered: boolean,
    code: 'UNAVAILABLE' | 'DEADLINE_EXCEEDED',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, {}, options);
  }
}
