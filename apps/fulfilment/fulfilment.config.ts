import { z } from 'zod';
import { address, amqpConfig, peerAddress, serviceConfig } from '#libs/kernel/config.js';
import { duration } from '#libs/kernel/duration.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';

export const fulfilmentConfig = serviceConfig
  .extend(amqpConfig.shape)
  .extend(policiesConfig.shape)
  .extend({
    WAYBILL_TEMPORAL_ADDRESS: address,
    WAYBILL_TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
    WAYBILL_ORDERS_ADDRESS: peerAddress,
    WAYBILL_INVENTORY_ADDRESS: peerAddress,
    WAYBILL_PAYMENTS_ADDRESS: peerAddress,
    WAYBILL_SHIPPING_ADDRESS: peerAddress,
    /** What keeps failing for longer asks for a person, and goes on being repeated. */
    WAYBILL_ATTENTION_AFTER: duration('10m'),
    /** Orders on their way at once; beyond that they wait in the queue. */
    WAYBILL_MAX_OPEN: z.coerce.number().int().min(1).default(200),
  });
export type FulfilmentConfig = z.infer<typeof fulfilmentConfig>;
