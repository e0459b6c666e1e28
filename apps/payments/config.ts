import { z } from 'zod';
import { amqpConfig, databaseConfig, grpcConfig, milliseconds, serviceConfig } from '#libs/kernel/config.js';

export const paymentsConfig = serviceConfig.extend({
  ...grpcConfig.shape,
  ...databaseConfig.shape,
  ...amqpConfig.shape,
  /** The secret key of the account at the provider. */
  STRIPE_API_KEY: z.string().min(1),
  /** Where the provider is, when it is not Stripe itself: the simulator. */
  WAYBILL_PAYMENT_PROVIDER_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** How long one call to the provider may take; less where the caller's deadline is nearer. */
  WAYBILL_PAYMENT_PROVIDER_TIMEOUT_MS: milliseconds(4_000),
  /** The secrets in force, separated by commas: more than one while a secret is being rotated. */
  WAYBILL_PAYMENT_WEBHOOK_SECRET: z
    .string()
    .min(16)
    .transform((secrets) => secrets.split(',').map((secret) => secret.trim())),
});
export type PaymentsConfig = z.infer<typeof paymentsConfig>;

/** Injection token. */
export const CONFIG = Symbol('payments config');
