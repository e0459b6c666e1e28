import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { AmqpServer } from '#libs/messaging/amqp-server.js';
import { fulfilmentConfig } from './fulfilment.config.js';
import { FulfilmentModule } from './fulfilment.module.js';

const config = loadConfig('fulfilment', fulfilmentConfig);

await runService({
  name: 'fulfilment',
  config,
  module: FulfilmentModule.with(config),
  amqp: () => new AmqpServer({ url: config.WAYBILL_AMQP_URL, name: 'fulfilment' }),
});
