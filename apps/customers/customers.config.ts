import { z } from 'zod';
import { databaseConfig, grpcConfig, serviceConfig } from '#libs/kernel/config.js';

export const customersConfig = serviceConfig
  .extend(grpcConfig.shape)
  .extend(databaseConfig.shape)
  .extend({
    /** Where the tokens' issuer publishes its keys: https:, http: or file:. A profile is told to its customer. */
    WAYBILL_JWKS_URL: z.url({ protocol: /^(https?|file)$/ }),
    WAYBILL_TOKEN_ISSUER: z.string().min(1),
  });
export type CustomersConfig = z.infer<typeof customersConfig>;
