import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { CustomerServiceService } from '#libs/contracts/generated/waybill/customers/v1/customers.js';
import { Resilience } from '#libs/resilience/resilience.js';
import { OLD_INBOX_ROWS } from '#libs/messaging/inbox.js';
import { OutboxModule } from '#libs/messaging/outbox.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import { FileMail } from './deliver-mails/file-mail.js';
import { MAIL_PORT, type MailPort } from './deliver-mails/mail-port.js';
import { SmtpMail } from './deliver-mails/smtp-mail.js';
import { migrations } from './migrations/index.js';
import type { NotificationsConfig } from './notifications.config.js';
import { OrderEventsController } from './request-mails/order-events.controller.js';
import { RequestMail } from './request-mails/request-mail.js';
import { MailRecords } from './send-mails/mail-records.js';
import { MailsController } from './send-mails/mails.controller.js';
import { CUSTOMERS, SENDER, SendMail, type Customers } from './send-mails/send-mail.js';

/** Tells customers by mail what became of their orders. Follows the events, and can fail no order. */
@Module({})
export class NotificationsModule implements OnApplicationShutdown {
  constructor(
    @Inject(CUSTOMERS) private readonly customers: Customers,
    @Inject(MAIL_PORT) private readonly mail: MailPort,
  ) {}

  static forConfig(config: NotificationsConfig): DynamicModule {
    const database = {
      name: 'notifications',
      url: config.WAYBILL_DATABASE_URL,
      pool: config.WAYBILL_DATABASE_POOL,
      statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
      migrations,
    };
    const outbox = {
      producer: 'notifications',
      amqpUrl: config.WAYBILL_AMQP_URL,
      databaseUrl: config.WAYBILL_DATABASE_URL,
    };
    return {
      module: NotificationsModule,
      imports: [
        DatabaseModule.forService(database),
        OutboxModule.forService(outbox),
        ForgetOldRowsModule.forTable(OLD_INBOX_ROWS),
      ],
      controllers: [OrderEventsController, MailsController],
      providers: [
        { provide: CUSTOMERS, useFactory: () => customersClient(config) },
        { provide: MAIL_PORT, useFactory: () => mailPort(config) },
        { provide: SENDER, useValue: config.WAYBILL_MAIL_FROM },
        RequestMail,
        MailRecords,
        SendMail,
      ],
    };
  }

  onApplicationShutdown(): void {
    this.customers.close();
    this.mail.close();
  }
}

function mailPort({ WAYBILL_SMTP_URL, WAYBILL_MAIL_DIR }: NotificationsConfig): MailPort {
  return WAYBILL_SMTP_URL === undefined ? new FileMail(WAYBILL_MAIL_DIR) : new SmtpMail(WAYBILL_SMTP_URL);
}

function customersClient(config: NotificationsConfig): Customers {
  const resilience = new Resilience('notifications', config.WAYBILL_POLICIES);
  return resilience.client('customers', CustomerServiceService, config.WAYBILL_CUSTOMERS_ADDRESS);
}
