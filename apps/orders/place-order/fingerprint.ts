import { createHash } from 'node:crypto';
import type { OrderWish } from './request.js';

/** Tells two requests under the same key apart. The same wish has the same fingerprint, however it was written. */
export function fingerprintOf({
  customerId,
  items,
  paymentMethod,
  shippingAddress,
  shippingMethod,
}: OrderWish): string {
  const { name, line1, city, postalCode, country } = shippingAddress;
  const canonical = [
    customerId,
    items.map(({ sku, quantity }) => [sku, quantity]),
    paymentMethod,
    [name, line1, city, postalCode, country],
    shippingMethod,
  ];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('base64url');
}
