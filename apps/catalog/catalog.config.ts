import { z } from 'zod';
import { amqpConfig, databaseConfig, grpcConfig, idempotencyConfig, serviceConfig } from '#libs/kernel/config.js';

export const catalogConfig = serviceConfig
  .extend(grpcConfig.shape)
  .extend(databaseConfig.shape)
  .extend(amqpConfig.shape)
  .extend(idempotencyConfig.shape)
  .extend({
    /** Where the tokens' issuer publishes its keys: https:, http: or file:. Only operators may change products. */
    WAYBILL_JWKS_URL: z.url({ protocol: /^(https?|file)$/ }),
    WAYBILL_TOKEN_ISSUER: z.string().min(1),
  });
export type CatalogConfig = z.infer<typeof catalogConfig>;
