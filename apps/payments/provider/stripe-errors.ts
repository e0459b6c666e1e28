import Stripe from 'stripe';
import { messageOf, WaybillError } from '#libs/kernel/errors.js';
import { ProviderUnavailable, type DeclineReason } from './payment-provider.js';

type StripeError = Stripe.errors.StripeError;

const REQUEST_IN_PROGRESS = 409;

export function declineReason(declineCode: string | undefined | null): DeclineReason {
  return declineCode === 'insufficient_funds' ? 'INSUFFICIENT_FUNDS' : 'PAYMENT_DECLINED';
}

/** Undefined when the error is no decline. */
export function declineReasonOf(error: StripeError): DeclineReason | undefined {
  return error instanceof Stripe.errors.StripeCardError ? declineReason(error.decline_code) : undefined;
}

export function isUnknownPaymentMethod(error: StripeError): boolean {
  return error.code === 'resource_missing' && error.param === 'payment_method';
}

/** The intent has been confirmed, cancelled or refunded meanwhile. */
export function isStateChanged({ code, param }: StripeError): boolean {
  return (
    code === 'payment_intent_unexpected_state' ||
    code === 'charge_already_refunded' ||
    (code === undefined && param === 'amount')
  );
}

/** What a failed call means to who made it. */
export function failureOf(operation: string, error: unknown): WaybillError {
  if (error instanceof WaybillError) return error;
  const describe = (what: string): string => `The payment provider ${what} (${operation}): ${messageOf(error)}`;
  if (error instanceof Stripe.errors.StripeConnectionError) return noAnswer(operation, error);
  if (!(error instanceof Stripe.errors.StripeError))
    return new WaybillError('INTERNAL', describe('could not be called'), {}, { cause: error });
  const status = error.statusCode ?? 0;
  const because = { cause: error };
  if (status >= 500) return new ProviderUnavailable(true, 'UNAVAILABLE', describe(`failed with ${status}`), because);
  if (error.code === 'balance_insufficient')
    return new ProviderUnavailable(
      true,
      'UNAVAILABLE',
      describe('cannot refund before the account is put right'),
      because,
    );
  if (status === REQUEST_IN_PROGRESS || error instanceof Stripe.errors.StripeRateLimitError) {
    return new ProviderUnavailable(
      false,
      'UNAVAILABLE',
      describe('is busy with the same payment, or with too much'),
      because,
    );
  }
  return new WaybillError(
    'INTERNAL',
    describe('refused our request as wrong'),
    { providerCode: error.code ?? error.type },
    because,
  );
}

function noAnswer(operation: string, error: Stripe.errors.StripeConnectionError): ProviderUnavailable {
  const timedOut = typeof error.detail === 'object' && 'code' in error.detail && error.detail.code === 'ETIMEDOUT';
  if (timedOut) return tooSlow(operation, error);
  const message = `The payment provider could not be reached (${operation}): ${messageOf(error)}`;
  return new ProviderUnavailable(false, 'UNAVAILABLE', message, { cause: error });
}

export function tooSlow(operation: string, cause?: unknown): ProviderUnavailable {
  const message = `The payment provider did not answer in time (${operation}); whether it acted is not known`;
  return new ProviderUnavailable(false, 'DEADLINE_EXCEEDED', message, { cause });
}
