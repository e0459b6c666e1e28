import { createTransport } from 'nodemailer';
import { DependencyUnavailable, Poison } from '#libs/messaging/failures.js';
import type { Mail, MailPort } from './mail-port.js';
import { toMime } from './mime.js';

const TIMEOUTS_MS = { connectionTimeout: 3_000, greetingTimeout: 3_000, socketTimeout: 5_000 };
const MAX_CONNECTIONS = 4;

/** Hands each mail to a mail server. */
export class SmtpMail implements MailPort {
  private readonly server;

  constructor(url: string) {
    this.server = createTransport({ url, pool: true, maxConnections: MAX_CONNECTIONS, ...TIMEOUTS_MS });
  }

  async send(mail: Mail): Promise<void> {
    try {
      await this.server.sendMail(toMime(mail));
    } catch (error) {
      throw failureOf(error);
    }
  }

  close(): void {
    this.server.close();
  }
}

/** Commands that are about this mail; before them the server talks about itself. */
const ABOUT_THE_MAIL = /^(MAIL FROM|RCPT TO|DATA)/;

/** A server's own words may name the recipient: they go no further, only its code does. */
function failureOf(error: unknown): Error {
  const { responseCode, command } = (error instanceof Error ? error : {}) as {
    responseCode?: number;
    command?: string;
  };
  if (responseCode === undefined || !ABOUT_THE_MAIL.test(command ?? '')) {
    return new DependencyUnavailable(`The mail server cannot be used: ${responseCode ?? codeOf(error)}`);
  }
  if (responseCode >= 500) return new Poison('refused', `The mail server refused the mail for good: ${responseCode}`);
  return new Error(`The mail server did not take the mail this time: ${responseCode}`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
}
