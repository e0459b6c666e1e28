import { loadConfig } from '#libs/kernel/config.js';
import { runService } from '#libs/kernel/run-service.js';
import { AmqpServer } from '#libs/messaging/amqp-server.js';
import { notificationsConfig } from './notifications.config.js';
import { NotificationsModule } from './notifications.module.js';

const config = loadConfig('notifications', notificationsConfig);

await runService({
  name: 'notifications',
  module: NotificationsModule.forConfig(config),
  config,
  amqp: () => new AmqpServer({ url: config.WAYBILL_AMQP_URL, name: 'notifications' }),
});
