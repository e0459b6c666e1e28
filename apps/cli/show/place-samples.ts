import { randomUUID } from 'node:crypto';
import type { Order, PlaceOrderBody, Timeline } from '#libs/contracts/http/orders.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { Sample } from './samples.js';

/** What the show needs of the typed client. */
export interface Reader {
  getOrder(id: string): Promise<Order>;
  getTimeline(id: string): Promise<Timeline>;
}
export interface Placer extends Reader {
  placeOrder(body: PlaceOrderBody, options?: { readonly idempotencyKey?: string }): Promise<Order>;
}

export interface Placed {
  readonly sample: Sample;
  readonly order: Order;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
export interface Refused {
  readonly sample: Sample;
  readonly code: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Places a sample through the public API, under an idempotency key of its own. */
export async function placeSample(api: Placer, sample: Sample): Promise<Placed | Refused> {
  try {
    const order = await api.placeOrder(bodyOf(sample), { idempotencyKey: randomUUID() });
    return { sample, order, at: Date.now() };
  } catch (error) {
    if (isWaybillError(error)) return { sample, code: error.code, at: Date.now() };
    throw error;
  }
}

function bodyOf({ items, paymentMethod, country }: Sample): PlaceOrderBody {
  return {
    items: [...items],
    paymentMethod,
    shippingAddress: { name: 'Ada Lovelace', line1: 'Marktplatz 1', city: 'Leipzig', postalCode: '04109', country },
  };
}
