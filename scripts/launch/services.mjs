/**
 * Every process of the system: what it listens on, whether it has a database, whom it calls, and what else it is told.
 * @typedef {object} Service
 * @property {string} name
 * @property {boolean} [grpc] listens for gRPC
 * @property {boolean} [database] has a database of its own
 * @property {boolean} [amqp] talks to the broker
 * @property {number} [pool] connections to its database
 * @property {string[]} [calls] services that it calls
 * @property {(system: import('./system.mjs').System) => Record<string, string>} [env] what else it is told
 */

/** @type {readonly Service[]} */
export const SERVICES = [
  {
    name: 'payment-simulator',
    database: true,
    env: ({ secrets, gateway }) => ({
      STRIPE_API_KEY: secrets.providerApiKey,
      WAYBILL_PAYMENT_WEBHOOK_SECRET: secrets.paymentsWebhook,
      WAYBILL_PAYMENT_WEBHOOK_URL: `${gateway}/v1/webhooks/payments`,
    }),
  },
  {
    name: 'carrier-simulator',
    database: true,
    env: ({ secrets, gateway }) => ({
      WAYBILL_CARRIER_API_KEY: secrets.carrierApiKey,
      WAYBILL_CARRIER_WEBHOOK_SECRET: secrets.carrierWebhook,
      WAYBILL_CARRIER_WEBHOOK_URL: `${gateway}/v1/webhooks/carrier`,
    }),
  },
  { name: 'customers', grpc: true, database: true, env: ({ issuer }) => issuer },
  { name: 'catalog', grpc: true, database: true, amqp: true, env: ({ issuer }) => issuer },
  { name: 'inventory', grpc: true, database: true, amqp: true, pool: 8 },
  {
    name: 'payments',
    grpc: true,
    database: true,
    amqp: true,
    env: ({ secrets, http }) => ({
      STRIPE_API_KEY: secrets.providerApiKey,
      WAYBILL_PAYMENT_PROVIDER_URL: http('payment-simulator'),
      WAYBILL_PAYMENT_WEBHOOK_SECRET: secrets.paymentsWebhook,
    }),
  },
  {
    name: 'shipping',
    grpc: true,
    database: true,
    amqp: true,
    env: ({ secrets, http }) => ({
      WAYBILL_CARRIER_URL: http('carrier-simulator'),
      WAYBILL_CARRIER_API_KEY: secrets.carrierApiKey,
      WAYBILL_CARRIER_WEBHOOK_SECRET: secrets.carrierWebhook,
    }),
  },
  {
    name: 'orders',
    grpc: true,
    database: true,
    amqp: true,
    pool: 8,
    calls: ['catalog', 'inventory'],
    env: ({ issuer }) => issuer,
  },
  {
    name: 'notifications',
    database: true,
    amqp: true,
    calls: ['customers'],
    env: ({ folder }) => ({ WAYBILL_MAIL_DIR: `${folder}/mail` }),
  },
  {
    name: 'billing',
    grpc: true,
    database: true,
    amqp: true,
    calls: ['customers'],
    env: ({ issuer }) => issuer,
  },
  {
    name: 'operations',
    grpc: true,
    database: true,
    amqp: true,
    env: ({ issuer, auditor }) => ({ ...issuer, WAYBILL_AUDITOR_URL: auditor }),
  },
  {
    name: 'order-view',
    grpc: true,
    database: true,
    amqp: true,
    calls: ['orders'],
    env: ({ issuer }) => issuer,
  },
  {
    name: 'fulfilment',
    amqp: true,
    calls: ['orders', 'inventory', 'payments', 'shipping'],
    env: ({ temporal, payloadKeys, issuer }) => ({
      ...issuer,
      WAYBILL_TEMPORAL_ADDRESS: temporal.address,
      WAYBILL_TEMPORAL_NAMESPACE: temporal.namespace,
      WAYBILL_TEMPORAL_KEYS_FILE: payloadKeys,
      ...(temporal.ui && { WAYBILL_TEMPORAL_UI_ORIGIN: new URL(temporal.ui).origin }),
    }),
  },
  {
    name: 'gateway',
    amqp: true,
    calls: ['orders', 'catalog', 'payments', 'shipping', 'customers', 'billing', 'operations', 'order-view'],
    env: ({ issuer }) => issuer,
  },
];

export const SERVICES_WITH_DATABASE = SERVICES.filter(({ database }) => database).map(({ name }) => name);
