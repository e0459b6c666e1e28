import { z } from 'zod';
import { amqpConfig, peerAddress, serviceConfig } from '#libs/kernel/config.js';
import { duration } from '#libs/kernel/duration.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';
import { temporalConfig } from '#libs/temporal/temporal.config.js';

const origin = z
  .url({ protocol: /^https?$/ })
  .refine((url) => new URL(url).origin === url, 'must be an origin: no path');

export const fulfilmentConfig = serviceConfig
  .extend(amqpConfig.shape)
  .extend(policiesConfig.shape)
  .extend({
    ...temporalConfig.shape,
    /** Who may read payloads: operators, by these keys and this issuer's word. */
    WAYBILL_JWKS_URL: z.url({ protocol: /^(https?|file)$/ }),
    WAYBILL_TOKEN_ISSUER: z.string().min(1),
    /** The page on which a browser shows payloads to an operator. Without it they are shown nowhere. */
    WAYBILL_TEMPORAL_UI_ORIGIN: origin.optional(),
    /** How long a browser may, after the link was opened in it. */
    WAYBILL_PAYLOADS_SESSION: duration('8h'),
    WAYBILL_ORDERS_ADDRESS: peerAddress,
    WAYBILL_INVENTORY_ADDRESS: peerAddress,
    WAYBILL_PAYMENTS_ADDRESS: peerAddress,
    WAYBILL_SHIPPING_ADDRESS: peerAddress,
    /** What keeps failing for longer asks for a person, and goes on being repeated. */
    WAYBILL_ATTENTION_AFTER: duration('10m'),
    /**
     * Orders on their way at once; beyond that they wait in the queue, in their turn. More than the processors keep up with only wait on one
     * another: the worker's tasks then go round through Temporal's queue, and some orders take minutes.
     */
    WAYBILL_MAX_OPEN: z.coerce.number().int().min(1).default(100),
  });
export type FulfilmentConfig = z.infer<typeof fulfilmentConfig>;
