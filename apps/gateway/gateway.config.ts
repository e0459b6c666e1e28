import { z } from 'zod';
import { amqpConfig, count, milliseconds, peerAddress, serviceConfig } from '#libs/kernel/config.js';
import { duration } from '#libs/kernel/duration.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';

/** A token bucket: `100/s burst 1000`. */
const rate = (fallback: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,6}\/s burst [1-9]\d{0,6}$/, 'must be a rate such as 100/s burst 1000')
    .default(fallback)
    .transform((words) => {
      const [perSecond = 1, burst = 1] = words.split('/s burst ').map(Number);
      return { perSecond, burst };
    });

export const gatewayConfig = serviceConfig.extend({
  ...amqpConfig.shape,
  ...policiesConfig.shape,
  WAYBILL_ORDERS_ADDRESS: peerAddress,
  WAYBILL_CATALOG_ADDRESS: peerAddress,
  WAYBILL_CUSTOMERS_ADDRESS: peerAddress,
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
  /** As many requests may be under way in this process when an order is placed or a webhook comes, … */
  WAYBILL_UNDER_WAY_PLACING: count(1_000),
  /** … when somebody cancels or amends, or an operator comes, … */
  WAYBILL_UNDER_WAY_CHANGING: count(900),
  /** … when somebody reads, … */
  WAYBILL_UNDER_WAY_READING: count(700),
  /** … and when a bulk request comes. Whatever is beyond is refused at once. */
  WAYBILL_UNDER_WAY_BACKGROUND: count(300),
  /** A dashboard is answered within this time, with what is there. */
  WAYBILL_DASHBOARD_MS: milliseconds(1_500),
  /** So long popular products are kept without asking again. */
  WAYBILL_POPULAR_FRESH_MS: milliseconds(60_000),
  /** So old they may be when they stand in for recommendations. */
  WAYBILL_POPULAR_MAX_AGE_MS: milliseconds(3_600_000),
  /** A request, headers and body, has to arrive within this time. */
  WAYBILL_REQUEST_TIMEOUT_MS: milliseconds(10_000),
  /** TLS: the certificate with those that lead to its authority, and its key, as PEM files. Without them the gateway speaks plain HTTP. */
  WAYBILL_HTTP_TLS_CERT: z.string().min(1).optional(),
  WAYBILL_HTTP_TLS_KEY: z.string().min(1).optional(),
  /** How often these files are looked at for newer ones. */
  WAYBILL_HTTP_TLS_REFRESH: duration('5s'),
  /** As many clients of this process follow orders by server-sent events; more are told to come back later. */
  WAYBILL_EVENTS_MAX_CLIENTS: count(10_000),
  /** A line of a bulk request may be so long, in bytes. */
  WAYBILL_BULK_LINE_BYTES: count(16_384),
  /** Whoever reads a bulk request's answers takes those to a batch of 500 lines within this time. */
  WAYBILL_BULK_READ_PATIENCE_MS: milliseconds(1_800_000),
  /** `off` for load tests: nobody is refused for asking too often, or for too many connections. */
  WAYBILL_RATE_LIMIT: z.enum(['on', 'off']).default('on'),
  /** Shares the limits between gateways. Without it each process limits alone. */
  WAYBILL_REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** As many connections one address (of IPv6 each /64) may hold open in this process, trusted proxies excepted. */
  WAYBILL_CONNECTIONS_PER_ADDRESS: count(5_000),
  /** Each address (of IPv6 each /64), whoever asks from there. */
  WAYBILL_RATE_ADDRESS: rate('300/s burst 3000'),
  /** Requests without a valid token, from each address. */
  WAYBILL_RATE_FAILURES: rate('10/s burst 200'),
  /** Webhooks from each address. */
  WAYBILL_RATE_WEBHOOKS: rate('300/s burst 3000'),
  /** Each caller, all its requests together; then those of each kind. */
  WAYBILL_RATE_CALLER: rate('100/s burst 1000'),
  WAYBILL_RATE_READS: rate('100/s burst 1000'),
  WAYBILL_RATE_WRITES: rate('50/s burst 500'),
  WAYBILL_RATE_BULKS: rate('5/s burst 50'),
  WAYBILL_RATE_OPS: rate('20/s burst 200'),
  /** Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas. Without it nobody's is. */
  WAYBILL_TRUSTED_PROXIES: z
    .string()
    .regex(/^[0-9a-fA-F.:/]+(,[0-9a-fA-F.:/]+)*$/, 'must be addresses or networks, separated by commas')
    .optional(),
});
export type GatewayConfig = z.output<typeof gatewayConfig>;

/** Injection token. */
export const CONFIG = Symbol('gateway config');
