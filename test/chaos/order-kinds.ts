import type { PlaceOrderBody } from '#libs/contracts/http/orders.js';
import type { Random } from './random.js';

/** An order to be placed, and what will be done to it. */
export interface OrderKind {
  readonly name: string;
  /** How often, against the others. */
  readonly weight: number;
  readonly paymentMethod: string;
  readonly country?: 'ZZ';
  readonly sku?: 'SOLD-OUT';
  /** Cancelled through Temporal: so long after it was accepted, or once it is confirmed. */
  readonly cancel?: 'after-a-moment' | 'when-confirmed';
}

/** Of these there is plenty, whatever a run draws. */
const SKUS = ['MUG-ENAMEL', 'SOCKS-MERINO-3', 'CANDLE-BEESWAX', 'PEN-FOUNTAIN', 'TEAPOT-GLASS', 'NOTEBOOK-A5-DOTTED'];
const CITIES = { DE: ['Leipzig', '04109'], NL: ['Rotterdam', '3011 AD'], ZZ: ['Nowhere', '00000'] } as const;

/** Every outcome, and many that take long: they are what is in flight when something is killed. */
export const MIXED: readonly OrderKind[] = [
  { name: 'happy', weight: 34, paymentMethod: 'pm_ok' },
  { name: 'flaky charge', weight: 20, paymentMethod: 'pm_flaky' },
  { name: 'lost reply', weight: 14, paymentMethod: 'pm_lost_reply' },
  { name: 'not served', weight: 8, paymentMethod: 'pm_ok', country: 'ZZ' },
  { name: 'flaky refund', weight: 8, paymentMethod: 'pm_refund_flaky', country: 'ZZ' },
  { name: 'declined', weight: 5, paymentMethod: 'pm_declined' },
  { name: 'no funds', weight: 3, paymentMethod: 'pm_insufficient_funds' },
  { name: 'sold out', weight: 2, paymentMethod: 'pm_ok', sku: 'SOLD-OUT' },
  { name: 'cancelled while charged', weight: 3, paymentMethod: 'pm_flaky', cancel: 'after-a-moment' },
  { name: 'cancelled when confirmed', weight: 3, paymentMethod: 'pm_ok', cancel: 'when-confirmed' },
];

export const HAPPY: readonly OrderKind[] = MIXED.filter(({ name }) => name === 'happy');
export const UNDONE: readonly OrderKind[] = MIXED.filter(({ name }) => name === 'not served');

export function bodyOf({ paymentMethod, country, sku }: OrderKind, random: Random): PlaceOrderBody {
  const to = country ?? random.pick(['DE', 'NL'] as const);
  const [city, postalCode] = CITIES[to];
  const skus = sku ? [sku] : random.shuffle(SKUS).slice(0, random.between(1, 3));
  return {
    items: skus.map((each) => ({ sku: each, quantity: random.between(1, 3) })),
    paymentMethod,
    shippingAddress: { name: 'Ada Lovelace', line1: 'Marktplatz 1', city, postalCode, country: to },
  };
}
