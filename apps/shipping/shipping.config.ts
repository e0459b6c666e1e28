import { z } from 'zod';
import { amqpConfig, databaseConfig, grpcConfig, serviceConfig } from '#libs/kernel/config.js';
import { parseDuration } from '#libs/kernel/duration.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';

const DELIVER_BY = { simulator: '60s', carrier: '14d' } as const;
const FROM_HAMBURG =
  '{"name":"Waybill","line1":"Am Sandtorkai 1","city":"Hamburg","postalCode":"20457","country":"DE"}';

const shipFrom = z.object({
  name: z.string().min(1),
  line1: z.string().min(1),
  city: z.string().min(1),
  /** Some countries' carriers want it, as those of the US do. */
  state: z.string().optional(),
  postalCode: z.string().min(1),
  country: z.string().length(2),
});

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

const durationText = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 60s or 14d');

export const shippingConfig = serviceConfig.extend({
  ...grpcConfig.shape,
  ...databaseConfig.shape,
  ...amqpConfig.shape,
  ...policiesConfig.shape,
  /** Where the carrier is, when it is not EasyPost itself: the simulator. */
  WAYBILL_CARRIER_URL: z.url({ protocol: /^https?$/ }).optional(),
  WAYBILL_CARRIER_API_KEY: z.string().min(1),
  /** The secrets in force, separated by commas: more than one while a secret is being rotated. */
  WAYBILL_CARRIER_WEBHOOK_SECRET: z
    .string()
    .min(16)
    .transform((secrets) => secrets.split(',').map((secret) => secret.trim())),
  /** By when a parcel should have arrived, from its scheduling: 60s with the simulator, 14d otherwise. */
  WAYBILL_CARRIER_DELIVER_BY: durationText.optional(),
  /** Where parcels leave from, as JSON. */
  WAYBILL_CARRIER_SHIP_FROM: z.string().default(FROM_HAMBURG).pipe(json).pipe(shipFrom),
  /** What one item weighs, packed. */
  WAYBILL_CARRIER_OUNCES_PER_ITEM: z.coerce.number().positive().default(16),
});
export type ShippingConfig = z.infer<typeof shippingConfig>;
export type ShipFrom = z.infer<typeof shipFrom>;

/** Milliseconds from the scheduling of a parcel to the time by which it should have arrived. */
export function deliverByMs(config: ShippingConfig): number {
  const fallback = config.WAYBILL_CARRIER_URL === undefined ? DELIVER_BY.carrier : DELIVER_BY.simulator;
  return parseDuration(config.WAYBILL_CARRIER_DELIVER_BY ?? fallback) ?? 0;
}

/** Injection token. */
export const CONFIG = Symbol('shipping config');
