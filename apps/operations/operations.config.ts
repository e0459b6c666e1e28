import { z } from 'zod';
import {
  amqpConfig,
  count,
  databaseConfig,
  grpcConfig,
  idempotencyConfig,
  serviceConfig,
} from '#libs/kernel/config.js';
import { duration } from '#libs/kernel/duration.js';

export const operationsConfig = serviceConfig
  .extend(grpcConfig.shape)
  .extend(databaseConfig.shape)
  .extend(amqpConfig.shape)
  .extend(idempotencyConfig.shape)
  .extend({
    /** Where the token issuer publishes its keys: an http(s) or file URL. */
    WAYBILL_JWKS_URL: z.url(),
    WAYBILL_TOKEN_ISSUER: z.string().min(1),
    /** The Postgres server as the role that may read every database and write none. */
    WAYBILL_AUDITOR_URL: z.url({ protocol: /^postgres(ql)?$/ }),
    /** Dead letters that one process takes over at a time, from each queue. */
    WAYBILL_DEAD_LETTERS_PREFETCH: count(10),
    /** How long a dead letter is kept once it was replayed or discarded. */
    WAYBILL_DEAD_LETTERS_KEPT: duration('90d'),
    /** How long the invariants' last check is answer enough. */
    WAYBILL_INVARIANTS_MAX_AGE: duration('60s'),
    /** They are also checked this often when nobody asks; 0s: only when somebody does. */
    WAYBILL_INVARIANTS_EVERY: duration('10m'),
    /** Percent of the time that checks of the whole history may take; between them only what has changed is checked. */
    WAYBILL_INVARIANTS_WHOLE_SHARE: z.coerce.number().min(0.1).max(100).default(5),
  });
export type OperationsConfig = z.infer<typeof operationsConfig>;

/** Injection token. */
export const CONFIG = Symbol('operations config');
