import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { derivedId } from '#libs/kernel/ids.js';
import { newEnvelope } from '#libs/messaging/envelope.js';
import { receiveOnce } from '#libs/messaging/inbox.js';
import { appendOutbox } from '#libs/messaging/outbox.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { NotificationsSchema } from '../schema.js';
import { mailFor, priorityOf, type MailedEvent } from './mail-for.js';

const CONSUMER = 'request-mails';

/** Asks for the mail about an event, once per event however often it arrives. */
@Injectable()
export class RequestMail {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<NotificationsSchema>,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
  ) {}

  async for(event: MailedEvent): Promise<void> {
    const data = mailFor(event);
    const request = newEnvelope({
      type: 'MailRequested',
      producer: 'notifications',
      subject: derivedId('mail', event.id),
      sequence: 1,
      correlationId: data.orderId,
      causationId: event.id,
      data,
    });
    await this.db.transaction().execute(async (trx) => {
      if (!(await receiveOnce(trx, CONSUMER, event))) return;
      await appendOutbox(trx, [{ lane: 'email-notifications', envelope: request, priority: priorityOf(data) }]);
    });
    this.relay.wake();
  }
}
