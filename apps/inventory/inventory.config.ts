import type { z } from 'zod';
import { amqpConfig, count, databaseConfig, grpcConfig, milliseconds, serviceConfig } from '#libs/kernel/config.js';
import { duration } from '#libs/kernel/duration.js';

export const inventoryConfig = serviceConfig
  .extend(grpcConfig.shape)
  .extend(databaseConfig.shape)
  .extend(amqpConfig.shape)
  .extend({
    /** Shorter than any caller waits: whoever queues for a row longer than this gets UNAVAILABLE, and nothing is written. */
    WAYBILL_STATEMENT_TIMEOUT_MS: milliseconds(2_000),
    /** How long stock stays held for an order that is not reserved. */
    WAYBILL_HOLD_FOR: duration('15m'),
    /** How often holds that are due are looked for. */
    WAYBILL_HOLD_SWEEP_EVERY: duration('1s'),
    /** Holds given back in one transaction. */
    WAYBILL_HOLD_SWEEP_BATCH: count(200),
    /** At most this often is the level of a stock row told to others, however often it changes. */
    WAYBILL_LEVELS_EVERY: duration('250ms'),
  });
export type InventoryConfig = z.infer<typeof inventoryConfig>;

/** Injection token. */
export const CONFIG = Symbol('inventory config');
