import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailable } from '#libs/messaging/failures.js';
import type { Mail, MailPort } from './mail-port.js';

/** A port, and what has come out of it so far. */
export interface MailPortUnderTest {
  readonly port: MailPort;
  /** Mails as they can be seen at the other end, without repeats that cannot be told apart. */
  readonly arrived: () => Promise<string[]>;
  readonly breakDown: () => Promise<void>;
  readonly tearDown: () => Promise<void>;
}

export const MAIL: Mail = {
  id: '0f8c3b1e-7a2c-5c3e-9d57-3f6a2b9c1d10',
  messageId: '0f8c3b1e-7a2c-5c3e-9d57-3f6a2b9c1d10@waybill.example',
  from: { name: 'Waybill', address: 'orders@waybill.example' },
  to: { name: 'Zoë "Ada" Lovelace\r\nBcc: everyone@example.com', address: 'ada@example.com' },
  date: new Date('2026-11-20T10:00:00Z'),
  subject: 'Your order is confirmed: Crème brûlée',
  text: 'Hello Zoë,\n\n.a line that begins with a dot\n',
  html: '<p>Hello Zoë</p>',
};

/** What sending a mail relies on. Every adapter of the port passes it. */
export function mailPortContract(name: string, open: () => Promise<MailPortUnderTest>): void {
  describe(`mail through ${name}`, () => {
    let under: MailPortUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.tearDown());

    it('arrives whole', async () => {
      await under.port.send(MAIL);
      const [content = '', ...others] = await under.arrived();
      expect(others).toEqual([]);
      expect(content).toContain('Message-ID: <0f8c3b1e-7a2c-5c3e-9d57-3f6a2b9c1d10@waybill.example>');
      expect(content).toContain('Date: Fri, 20 Nov 2026 10:00:00 +0000');
      expect(content).toContain('From: Waybill <orders@waybill.example>');
      expect(content).toContain('Subject: =?UTF-8?Q?Your_order_is_confirmed=3A_Cr=C3=A8me_br?=');
      expect(content).toMatch(/text\/plain; charset=utf-8[^]*\n\.a line that begins[^]*text\/html; charset=utf-8/);
    });

    it('goes to its recipient alone, whatever the name says', async () => {
      await under.port.send(MAIL);
      const [content = ''] = await under.arrived();
      const [headers = ''] = content.split('\n\n');
      expect(headers).not.toMatch(/^bcc:/im);
      expect(headers).not.toContain('=0D=0A');
      expect(headers).toContain('<ada@example.com>');
    });

    it('that is sent again, also at once, is seen to be the same', async () => {
      await under.port.send(MAIL);
      await Promise.all([1, 2, 3].map(() => under.port.send(MAIL)));
      expect(await under.arrived()).toHaveLength(1);
    });

    it('waits while it cannot be sent, and names nobody', async () => {
      await under.breakDown();
      const failure = await under.port.send(MAIL).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DependencyUnavailable);
      expect(String(failure)).not.toContain('ada@example.com');
    });
  });
}
