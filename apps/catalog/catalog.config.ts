import type { z } from 'zod';
import { amqpConfig, databaseConfig, grpcConfig, serviceConfig } from '#libs/kernel/config.js';

export const catalogConfig = serviceConfig
  .extend(grpcConfig.shape)
  .extend(databaseConfig.shape)
  .extend(amqpConfig.shape);
export type CatalogConfig = z.infer<typeof catalogConfig>;
