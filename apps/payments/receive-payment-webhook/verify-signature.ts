import Stripe from 'stripe';
import { WaybillError } from '#libs/kernel/errors.js';
import { SIGNATURE_TOLERANCE_MS } from '#libs/security/webhook-signature.js';

export interface Webhook {
  /** As it came, byte for byte. */
  readonly body: Uint8Array;
  /** The header `Stripe-Signature`. */
  readonly signature: string;
}

const TOLERANCE_S = SIGNATURE_TOLERANCE_MS / 1_000;
const SIGNED_AT = /(?:^|,)t=(\d{1,12})(?:,|$)/;

/**
 * Gives what was signed with one of these secrets, at most five minutes away from the present.
 * @throws WaybillError UNAUTHENTICATED when it was not; INVALID_REQUEST when it is no JSON.
 */
export function verifiedEvent({ body, signature }: Webhook, secrets: readonly string[]): unknown {
  const refusals: unknown[] = [];
  for (const secret of secrets) {
    try {
      const event: unknown = Stripe.webhooks.constructEvent(Buffer.from(body), signature, secret, TOLERANCE_S);
      if (isFromTheFuture(signature)) throw refused(new Error('The signature is from the future'));
      return event;
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw unreadable(error);
      refusals.push(error);
    }
  }
  throw refused(refusals.at(-1));
}

/** The SDK takes any time that is yet to come. */
function isFromTheFuture(signature: string): boolean {
  return Number(SIGNED_AT.exec(signature)?.[1]) > Date.now() / 1_000 + TOLERANCE_S;
}

function refused(cause: unknown): WaybillError {
  const remedy = 'Sign the body as it is sent, with a secret in force, anew for each delivery.';
  return new WaybillError(
    'UNAUTHENTICATED',
    `The webhook's signature is missing, forged or stale. ${remedy}`,
    {},
    { cause },
  );
}

function unreadable(cause: unknown): unknown {
  if (cause instanceof WaybillError) return cause;
  return new WaybillError('INVALID_REQUEST', 'The body of the webhook is no JSON of an event', {}, { cause });
}
