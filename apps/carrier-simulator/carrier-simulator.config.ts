import { z } from 'zod';
import { databaseConfig, serviceConfig } from '#libs/kernel/config.js';
import { duration } from '#libs/kernel/duration.js';

export const carrierSimulatorConfig = serviceConfig.extend(databaseConfig.shape).extend({
  /** The key that callers present as the user name of basic authentication. */
  WAYBILL_CARRIER_API_KEY: z.string().min(8),
  /** From the sale of a label to the parcel's hand-over. Labels that are already sold keep their time. */
  WAYBILL_CARRIER_DISPATCH_AFTER: duration('10s'),
  /** From the hand-over to the delivery. */
  WAYBILL_CARRIER_DELIVER_AFTER: duration('20s'),
  /** Where tracker events are sent. Without it they are kept until one is configured. */
  WAYBILL_CARRIER_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  WAYBILL_CARRIER_WEBHOOK_SECRET: z.string().min(16),
});
export type CarrierSimulatorConfig = z.infer<typeof carrierSimulatorConfig>;

/** Injection token. */
export const CONFIG = Symbol('carrier-simulator config');
