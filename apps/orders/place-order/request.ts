import type { AddressData, LineData } from '#libs/contracts/events.js';
import type { CreateOrderRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { placeOrderBody } from '#libs/contracts/http/orders.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import type { Caller } from '#libs/security/tokens.js';
import { buyer } from './buyer.js';

/** What a customer wants, before prices. */
export interface OrderWish {
  readonly customerId: string;
  readonly items: readonly LineData[];
  readonly paymentMethod: string;
  readonly shippingAddress: AddressData;
  readonly shippingMethod: string;
}

const DEFAULT_SHIPPING = 'standard';
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Checks a request by the rules of the public API; an empty field of the message is one that was left out.
 * @throws WaybillError INVALID_REQUEST, or FORBIDDEN when it names another customer.
 */
export function readWish(request: CreateOrderRequest, caller: Caller): OrderWish {
  const { items, paymentMethod, shippingAddress } = request;
  const { customerId, shippingMethod, ...wish } = parse(placeOrderBody, {
    items,
    paymentMethod,
    shippingAddress,
    ...(request.customerId !== '' && { customerId: request.customerId }),
    ...(request.shippingMethod !== '' && { shippingMethod: request.shippingMethod }),
  });
  return { ...wish, customerId: buyer(caller, customerId), shippingMethod: shippingMethod ?? DEFAULT_SHIPPING };
}

/** @throws WaybillError IDEMPOTENCY_KEY_MISSING or INVALID_REQUEST. */
export function readKey(key: string | undefined): string {
  if (key === undefined || key === '') {
    throw new WaybillError(
      'IDEMPOTENCY_KEY_MISSING',
      'Send an idempotency-key: one per intent, the same with each retry.',
    );
  }
  if (!KEY.test(key))
    throw new WaybillError('INVALID_REQUEST', 'idempotency-key: must be 1 to 255 visible ASCII characters');
  return key;
}
