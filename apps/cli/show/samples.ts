/** A sample order, and how it must end. */
export interface Sample {
  readonly name: string;
  /** What it shows, in words. */
  readonly shows: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly country: string;
  readonly expected: Expectation;
}

export type Expectation =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'rejected'; readonly reason: string; readonly refunded: boolean }
  | { readonly kind: 'refused'; readonly code: string };

/** SKUs are of the seeded catalogue; what each payment method and the country ZZ do is documented in docs/api.md. */
export const SAMPLES: readonly Sample[] = [
  sample('happy', 'everything works', 'pm_ok', { kind: 'confirmed' }),
  sample(
    'sold out',
    'the stock is gone: refused at once',
    'pm_ok',
    { kind: 'refused', code: 'OUT_OF_STOCK' },
    { sku: 'SOLD-OUT' },
  ),
  sample('declined', 'the card is declined: stock released', 'pm_declined', rejected('PAYMENT_DECLINED', false)),
  sample(
    'no funds',
    'the card has no funds: stock released',
    'pm_insufficient_funds',
    rejected('INSUFFICIENT_FUNDS', false),
  ),
  sample('not served', 'no carrier goes there: refunded, released', 'pm_ok', rejected('NOT_SERVED', true), {
    country: 'ZZ',
  }),
  sample(
    'flaky refund',
    'as above, and the refund fails three times',
    'pm_refund_flaky',
    rejected('NOT_SERVED', true),
    { country: 'ZZ' },
  ),
  sample('lost reply', 'charged, but the answer is lost: charged once', 'pm_lost_reply', { kind: 'confirmed' }),
  sample('flaky charge', 'the provider fails twice, then charges', 'pm_flaky', { kind: 'confirmed' }),
];

function sample(
  name: string,
  shows: string,
  paymentMethod: string,
  expected: Expectation,
  { sku = 'MUG-ENAMEL', country = 'DE' }: { sku?: string; country?: string } = {},
): Sample {
  return { name, shows, items: [{ sku, quantity: 2 }], paymentMethod, country, expected };
}

function rejected(reason: string, refunded: boolean): Expectation {
  return { kind: 'rejected', reason, refunded };
}
