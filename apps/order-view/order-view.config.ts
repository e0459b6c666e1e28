import { z } from 'zod';
import {
  amqpConfig,
  count,
  databaseConfig,
  grpcConfig,
  idempotencyConfig,
  milliseconds,
  peerAddress,
  serviceConfig,
} from '#libs/kernel/config.js';
import { duration } from '#libs/kernel/duration.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';

export const orderViewConfig = serviceConfig
  .extend(grpcConfig.shape)
  .extend(databaseConfig.shape)
  .extend(amqpConfig.shape)
  .extend(policiesConfig.shape)
  .extend(idempotencyConfig.shape)
  .extend({
    WAYBILL_ORDERS_ADDRESS: peerAddress,
    /** Where the token issuer publishes its keys: an http(s) or file URL. */
    WAYBILL_JWKS_URL: z.url(),
    WAYBILL_TOKEN_ISSUER: z.string().min(1),
    /** How long an event may wait for others, to be applied together with them; less while somebody waits to read it. */
    WAYBILL_PROJECTION_LINGER_MS: milliseconds(100),
    /** Events that are applied at once, at most. */
    WAYBILL_PROJECTION_BATCH: count(2_000),
    /** Events of one partition that the broker sends ahead. */
    WAYBILL_PROJECTION_AHEAD: count(500),
    /** A partition of which nothing came for so long is compared with the log of orders: its stream may have forgotten everything. */
    WAYBILL_PROJECTION_SILENCE: duration('30s'),
    /** A process that cannot reach the broker for so long leaves its partitions to others. */
    WAYBILL_PROJECTION_CUT_OFF: duration('5s'),
    /** While events are projected later than this after their recording, a rebuild takes only its share of the time. */
    WAYBILL_REBUILD_YIELD_LAG: duration('250ms'),
    /** Percent. */
    WAYBILL_REBUILD_SHARE: z.coerce.number().min(1).max(100).default(20),
    /** Longest a read waits for what its caller has seen already. Well below what the gateway gives it, for it is read after that. */
    WAYBILL_VIEW_WAIT_MS: milliseconds(300),
  });
export type OrderViewConfig = z.infer<typeof orderViewConfig>;

/** Injection token. */
export const CONFIG = Symbol('order-view config');
