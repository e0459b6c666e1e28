import { z } from 'zod';
import { amqpConfig, databaseConfig, grpcConfig, serviceConfig } from '#libs/kernel/config.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';

export const paymentsConfig = serviceConfig.extend({
  ...grpcConfig.shape,
  ...databaseConfig.shape,
  ...amqpConfig.shape,
  ...policiesConfig.shape,
  /** The secret key of the account at the provider. */
  STRIPE_API_KEY: z.string().min(1),
  /** Where the provider is, when it is not Stripe itself: the simulator. */
  WAYBILL_PAYMENT_PROVIDER_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** The secrets in force, separated by commas: more than one while a secret is being rotated. */
  WAYBILL_PAYMENT_WEBHOOK_SECRET: z
    .string()
    .min(16)
    .transform((secrets) => secrets.split(',').map((secret) => secret.trim())),
});
export type PaymentsConfig = z.infer<typeof paymentsConfig>;

/** Injection token. */
export const CONFIG = Symbol('payments config');
