import type { z } from 'zod';
import { databaseConfig, grpcConfig, serviceConfig } from '#libs/kernel/config.js';

export const customersConfig = serviceConfig.extend(grpcConfig.shape).extend(databaseConfig.shape);
export type CustomersConfig = z.infer<typeof customersConfig>;
