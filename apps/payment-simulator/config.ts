import { z } from 'zod';
import { databaseConfig, milliseconds, serviceConfig } from '#libs/kernel/config.js';

export const paymentSimulatorConfig = serviceConfig
  .extend({
    ...databaseConfig.shape,
    /** The secret key that callers must show, as `Authorization: Bearer …`. */
    STRIPE_API_KEY: z.string().min(1),
    /** How long the answer to a charge of `pm_lost_reply` is kept back: longer than the caller waits. */
    WAYBILL_HELD_REPLY_MS: milliseconds(6_000),
    /** Where signed events are sent. Not set: nowhere. */
    WAYBILL_PAYMENT_WEBHOOK_URL: z.url().optional(),
    WAYBILL_PAYMENT_WEBHOOK_SECRET: z.string().min(1).optional(),
  })
  .refine(
    ({ WAYBILL_PAYMENT_WEBHOOK_URL: url, WAYBILL_PAYMENT_WEBHOOK_SECRET: secret }) =>
      url === undefined || secret !== undefined,
    {
      path: ['WAYBILL_PAYMENT_WEBHOOK_SECRET'],
      message: 'is needed to sign what is sent to WAYBILL_PAYMENT_WEBHOOK_URL',
    },
  );
export type PaymentSimulatorConfig = z.infer<typeof paymentSimulatorConfig>;

/** Injection token of the configuration. */
export const CONFIG = Symbol('CONFIG');
