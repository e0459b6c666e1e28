import type { SendMailOptions } from 'nodemailer';
import type { Mail, Mailbox } from './mail-port.js';

/** A mail as nodemailer takes it. The same mail gives the same bytes. */
export function toMime({
  id,
  messageId,
  from,
  to,
  date,
  subject,
  text,
  html,
}: Mail): SendMailOptions & { baseBoundary: string } {
  return {
    messageId: `<${messageId}>`,
    from: oneLine(from),
    to: oneLine(to),
    date,
    subject,
    text,
    html,
    baseBoundary: id,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function oneLine({ name, address }: Mailbox): Mailbox {
  return { name: name.replaceAll(/\p{Cc}+/gu, ' '), address };
}
