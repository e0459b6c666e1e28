import { FastifyAdapter } from '@nestjs/platform-fastify';
import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { AmqpServer } from '#libs/messaging/amqp-server.js';
import { fulfilmentConfig } from './fulfilment.config.js';
import { FulfilmentModule } from './fulfilment.module.js';

/** Bytes: Temporal sends a history's payloads page by page. */
const LARGEST_PAGE_OF_PAYLOADS = 8 * 1_024 * 1_024;

const config = loadConfig('fulfilment', fulfilmentConfig);

await runService({
  name: 'fulfilment',
  config,
  module: FulfilmentModule.with(config),
  http: { adapter: new FastifyAdapter({ bodyLimit: LARGEST_PAGE_OF_PAYLOADS }) },
  amqp: () => new AmqpServer({ url: config.WAYBILL_AMQP_URL, name: 'fulfilment' }),
});
