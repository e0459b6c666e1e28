import { z } from 'zod';
import { amqpConfig, count, milliseconds, peerAddress, serviceConfig } from '#libs/kernel/config.js';

export const gatewayConfig = serviceConfig.extend({
  ...amqpConfig.shape,
  WAYBILL_ORDERS_ADDRESS: peerAddress,
  WAYBILL_CATALOG_ADDRESS: peerAddress,
  WAYBILL_PAYMENTS_ADDRESS: peerAddress,
  WAYBILL_SHIPPING_ADDRESS: peerAddress,
  WAYBILL_OPERATIONS_ADDRESS: peerAddress,
  WAYBILL_BILLING_ADDRESS: peerAddress,
  WAYBILL_ORDER_VIEW_ADDRESS: peerAddress,
  /** Where the tokens' issuer publishes its keys: https:, http: or file:. */
  WAYBILL_JWKS_URL: z.url({ protocol: /^(https?|file)$/ }),
  WAYBILL_TOKEN_ISSUER: z.string().min(1),
  /** So long what the catalogue said of products is served without asking again. */
  WAYBILL_PRODUCT_FRESH_MS: milliseconds(1_000),
  /** So old it may be when it stands in for a catalogue that does not answer. */
  WAYBILL_PRODUCT_MAX_AGE_MS: milliseconds(30_000),
  /** A request, headers and body, has to arrive within this time. */
  WAYBILL_REQUEST_TIMEOUT_MS: milliseconds(10_000),
  /** As many clients of this process follow orders by server-sent events; more are told to come back later. */
  WAYBILL_EVENTS_MAX_CLIENTS: count(10_000),
  /** A line of a bulk request may be so long, in bytes. */
  WAYBILL_BULK_LINE_BYTES: count(16_384),
  /** Whoever reads a bulk request's answers takes those to a batch of 500 lines within this time. */
  WAYBILL_BULK_READ_PATIENCE_MS: milliseconds(1_800_000),
});
export type GatewayConfig = z.output<typeof gatewayConfig>;

/** Injection token. */
export const CONFIG = Symbol('gateway config');
