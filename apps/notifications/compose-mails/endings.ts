import type { EndingReason } from '#libs/contracts/events.js';

interface Ending {
  readonly headline: string;
  readonly paragraphs: readonly string[];
}

const REFUNDED =
  'What you had paid has been refunded in full. Depending on your bank it takes a few days until you see it.';
const NOT_CHARGED = 'You have not been charged, and nothing will be sent.';
const headline = 'We could not complete your order';

/** Why an order ended, in words that help. */
export const ENDINGS: Readonly<Record<EndingReason, Ending>> = {
  OUT_OF_STOCK: {
    headline,
    paragraphs: ['We are sorry: the last piece was sold before we could set it aside for you.', NOT_CHARGED],
  },
  PAYMENT_DECLINED: {
    headline: 'Your payment was declined',
    paragraphs: [
      'Your bank or card company declined the payment, so we could not complete your order.',
      `${NOT_CHARGED} To try again, place the order once more with another way to pay.`,
    ],
  },
  INSUFFICIENT_FUNDS: {
    headline: 'Your payment was declined',
    paragraphs: [
      'Your bank declined the payment because the account did not cover it, so we could not complete your order.',
      `${NOT_CHARGED} To try again, place the order once more with another way to pay.`,
    ],
  },
  NOT_SERVED: {
    headline,
    paragraphs: ['We are sorry: none of our carriers delivers to the address that you gave.', REFUNDED],
  },
  REVIEW_DENIED: { headline, paragraphs: ['We are sorry: after a review we cannot accept this order.', NOT_CHARGED] },
  FULFILMENT_FAILED: {
    headline,
    paragraphs: [
      'We are sorry: something went wrong on our side, and we have undone everything.',
      'If you had been charged, it has been refunded in full. You are welcome to place the order once more.',
    ],
  },
  CANCELLED_BY_CUSTOMER: {
    headline: 'Your order is cancelled',
    paragraphs: [
      'As you asked, we have cancelled your order.',
      'If you had been charged, it has been refunded in full. Depending on your bank it takes a few days until you see it.',
    ],
  },
};
