import { Controller } from '@nestjs/common';
import type { Envelope } from '#libs/messaging/envelope.js';
import { OnMessage } from '#libs/messaging/on-message.js';
import { SendMail } from './send-mail.js';

/** Takes the mails that were asked for, the pressing ones first. */
@Controller()
export class MailsController {
  constructor(private readonly sendMail: SendMail) {}

  @OnMessage('email-notifications', 'MailRequested')
  async requested(request: Envelope<'MailRequested'>): Promise<void> {
    await this.sendMail.for(request);
  }
}
