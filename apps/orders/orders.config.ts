import { z } from 'zod';
import {
  amqpConfig,
  count,
  databaseConfig,
  grpcConfig,
  milliseconds,
  peerAddress,
  serviceConfig,
} from '#libs/kernel/config.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';
import { duration } from '#libs/kernel/duration.js';

export const ordersConfig = serviceConfig
  .extend(grpcConfig.shape)
  .extend(databaseConfig.shape)
  .extend(amqpConfig.shape)
  .extend(policiesConfig.shape)
  .extend({
    WAYBILL_CATALOG_ADDRESS: peerAddress,
    WAYBILL_INVENTORY_ADDRESS: peerAddress,
    /** Where the token issuer publishes its keys: an http(s) or file URL. */
    WAYBILL_JWKS_URL: z.url(),
    WAYBILL_TOKEN_ISSUER: z.string().min(1),
    /** How old a price may be that stands in while the catalogue is down. */
    WAYBILL_PRICE_MAX_AGE: duration('30s'),
    /** How long one process may answer a key alone. Longer than any call lasts. */
    WAYBILL_CLAIM_LEASE: duration('10s'),
    /** How long an answer is kept for repeats. */
    WAYBILL_ANSWERS_KEPT: duration('24h'),
    /** Longest a read waits for the version that it asks for. */
    WAYBILL_READ_WAIT_MS: milliseconds(1_000),
    /** How often the database is asked whether watched orders have changed. It is the events that tell it at once. */
    WAYBILL_CHANGES_POLL: duration('2s'),
    /** New orders are refused while more of them than this wait for the broker, … */
    WAYBILL_ACCEPT_MAX_UNSENT: count(20_000),
    /** … or one of them has waited longer than this, … */
    WAYBILL_ACCEPT_MAX_UNSENT_AGE: duration('15m'),
    /** … or, while orders are being confirmed, more are open than were confirmed in this time at the last minute's rate, … */
    WAYBILL_ACCEPT_BACKLOG: duration('30s'),
    /** … but never while fewer than this are open. */
    WAYBILL_ACCEPT_BACKLOG_MIN: count(200),
    /** Bulk requests are refused at this share of those limits: there must be room left for orders. */
    WAYBILL_ACCEPT_BULK_SHARE: z.coerce.number().gt(0).max(1).default(0.5),
    /** As many lines of one bulk request are worked on at once. */
    WAYBILL_BULK_CONCURRENCY: count(4),
  });
export type OrdersConfig = z.infer<typeof ordersConfig>;

/** Injection token. */
export const CONFIG = Symbol('orders config');
