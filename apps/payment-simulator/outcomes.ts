import type { ChargeRow, IntentRow } from './schema.js';

/** How a payment method behaves. What is not said goes well. */
interface Behaviour {
  readonly declineCode?: 'generic_decline' | 'insufficient_funds';
  /** So many confirms fail on the provider's side before one gets through. */
  readonly failingConfirms?: number;
  /** The charge is made, and the answer kept back until the caller has given up. */
  readonly holdsReply?: true;
  /** So many refunds fail on the provider's side before one gets through. */
  readonly failingRefunds?: number;
  /** No refund gets through until the account is fixed. */
  readonly brokenRefunds?: true;
}

const PAYMENT_METHODS: Readonly<Record<string, Behaviour>> = {
  pm_ok: {},
  pm_declined: { declineCode: 'generic_decline' },
  pm_insufficient_funds: { declineCode: 'insufficient_funds' },
  pm_flaky: { failingConfirms: 2 },
  pm_lost_reply: { holdsReply: true },
  pm_refund_flaky: { failingRefunds: 3 },
  pm_refund_broken: { brokenRefunds: true },
  pm_review: {},
};

export function isPaymentMethod(id: string): boolean {
  return Object.hasOwn(PAYMENT_METHODS, id);
}

export type ConfirmOutcome =
  | { readonly kind: 'charged'; readonly paymentMethod: string; readonly holdReply: boolean }
  | { readonly kind: 'declined'; readonly paymentMethod: string; readonly declineCode: string }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unexpected-state'; readonly message: string };

/** What a confirm does to an intent. Of all confirms and cancels of an intent at most one changes its end. */
export function outcomeOfConfirm(
  intent: Pick<IntentRow, 'status' | 'payment_method' | 'confirm_calls'>,
): ConfirmOutcome {
  switch (intent.status) {
    case 'succeeded':
      return unexpected(
        'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
      );
    case 'canceled':
      return unexpected('You cannot confirm this PaymentIntent because it has a status of canceled.');
    case 'requires_payment_method':
    case 'requires_confirmation':
      return intent.payment_method === null
        ? unexpected("You cannot confirm this PaymentIntent because it's missing a payment method.")
        : outcomeOfCard(intent.payment_method, intent.confirm_calls);
  }
}

function outcomeOfCard(paymentMethod: string, earlierConfirms: number): ConfirmOutcome {
  const { declineCode, failingConfirms = 0, holdsReply = false } = PAYMENT_METHODS[paymentMethod] ?? {};
  if (earlierConfirms < failingConfirms) return { kind: 'failed' };
  if (declineCode !== undefined) return { kind: 'declined', paymentMethod, declineCode };
  return { kind: 'charged', paymentMethod, holdReply: holdsReply };
}

export type CancelOutcome =
  { readonly kind: 'canceled' } | { readonly kind: 'unexpected-state'; readonly message: string };

export function outcomeOfCancel({ status }: Pick<IntentRow, 'status'>): CancelOutcome {
  switch (status) {
    case 'requires_payment_method':
    case 'requires_confirmation':
      return { kind: 'canceled' };
    case 'succeeded':
    case 'canceled':
      return unexpected(`You cannot cancel this PaymentIntent because it has a status of ${status}.`);
  }
}

export type RefundOutcome =
  | { readonly kind: 'refunded'; readonly amount: number }
  | { readonly kind: 'failed' }
  | { readonly kind: 'account-broken' }
  | { readonly kind: 'already-refunded' }
  | { readonly kind: 'exceeds'; readonly left: number };

/** What a refund of `amount` (or of all that is left) does. Never more comes back than was charged. */
export function outcomeOfRefund(
  charge: Pick<ChargeRow, 'payment_method' | 'amount' | 'amount_refunded' | 'refund_calls' | 'created_at'>,
  amount: number | undefined,
  accountFixedAt: Date | null,
): RefundOutcome {
  const left = charge.amount - charge.amount_refunded;
  const { failingRefunds = 0, brokenRefunds = false } = PAYMENT_METHODS[charge.payment_method] ?? {};
  if (left === 0) return { kind: 'already-refunded' };
  if (amount !== undefined && amount > left) return { kind: 'exceeds', left };
  if (charge.refund_calls < failingRefunds) return { kind: 'failed' };
  if (brokenRefunds && (accountFixedAt === null || accountFixedAt < charge.created_at))
    return { kind: 'account-broken' };
  return { kind: 'refunded', amount: amount ?? left };
}

function unexpected(message: string): { readonly kind: 'unexpected-state'; readonly message: string } {
  return { kind: 'unexpected-state', message };
}
