import { z } from 'zod';
import { amqpConfig, databaseConfig, peerAddress, serviceConfig } from '#libs/kernel/config.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';

const mailConfig = z.object({
  /** Mails are written into this folder, unless WAYBILL_SMTP_URL is set. */
  WAYBILL_MAIL_DIR: z.string().min(1).default('.waybill/mail'),
  /** `smtp://user:password@host:port`, or `smtps:` for TLS from the start. */
  WAYBILL_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  /** The sender's address. Its domain is that of the mails' Message-IDs. */
  WAYBILL_MAIL_FROM: z.email().default('orders@waybill.example'),
});

export const notificationsConfig = serviceConfig.extend({
  ...databaseConfig.shape,
  ...amqpConfig.shape,
  ...mailConfig.shape,
  ...policiesConfig.shape,
  WAYBILL_CUSTOMERS_ADDRESS: peerAddress,
});
export type NotificationsConfig = z.output<typeof notificationsConfig>;
