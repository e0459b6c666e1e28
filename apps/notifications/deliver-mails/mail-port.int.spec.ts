import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailable, Poison } from '#libs/messaging/failures.js';
import { SmtpServer } from '../testing/smtp-server.js';
import { FileMail } from './file-mail.js';
import type { Mail, MailPort } from './mail-port.js';
import { SmtpMail } from './smtp-mail.js';

const MAIL: Mail = {
  id: '0f8c3b1e-7a2c-5c3e-9d57-3f6a2b9c1d10',
  messageId: '0f8c3b1e-7a2c-5c3e-9d57-3f6a2b9c1d10@waybill.example',
  from: { name: 'Waybill', address: 'orders@waybill.example' },
  to: { name: 'Zoë "Ada" Lovelace\r\nBcc: everyone@example.com', address: 'ada@example.com' },
  date: new Date('2026-11-20T10:00:00Z'),
  subject: 'Your order is confirmed: Crème brûlée',
  text: 'Hello Zoë,\n\n.a line that begins with a dot\n',
  html: '<p>Hello Zoë</p>',
};

/** A port, and what has come out of it so far. */
interface Adapter {
  readonly port: MailPort;
  /** Mails as they can be seen at the other end, without repeats that cannot be told apart. */
  readonly arrived: () => Promise<string[]>;
  readonly breakDown: () => Promise<void>;
  readonly tearDown: () => Promise<void>;
}

async function fileAdapter(): Promise<Adapter> {
  const folder = join(await mkdtemp(join(tmpdir(), 'waybill-mail-')), 'mails');
  const port = new FileMail(folder);
  return {
    port,
    arrived: async () => {
      const files = await readdir(folder).catch(() => []);
      return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    },
    breakDown: () => writeFile(folder, 'in the way'),
    tearDown: async () => {
      port.close();
      await rm(join(folder, '..'), { recursive: true });
    },
  };
}

async function smtpAdapter(): Promise<Adapter> {
  const server = await SmtpServer.open();
  const port = new SmtpMail(server.url);
  return {
    port,
    arrived: async () => [...new Set(server.received.map(({ content }) => content))],
    breakDown: () => server.close(),
    tearDown: async () => {
      port.close();
      await server.close().catch(() => undefined);
    },
  };
}

describe.each([
  ['a folder', fileAdapter],
  ['a mail server', smtpAdapter],
] as const)('mail through %s', (_, open) => {
  let adapter: Adapter;
  beforeEach(async () => {
    adapter = await open();
  });
  afterEach(() => adapter.tearDown());

  it('arrives whole', async () => {
    await adapter.port.send(MAIL);
    const [content = '', ...others] = await adapter.arrived();
    expect(others).toEqual([]);
    expect(content).toContain('Message-ID: <0f8c3b1e-7a2c-5c3e-9d57-3f6a2b9c1d10@waybill.example>');
    expect(content).toContain('Date: Fri, 20 Nov 2026 10:00:00 +0000');
    expect(content).toContain('From: Waybill <orders@waybill.example>');
    expect(content).toContain('Subject: =?UTF-8?Q?Your_order_is_confirmed=3A_Cr=C3=A8me_br?=');
    expect(content).toMatch(/text\/plain; charset=utf-8[^]*\n\.a line that begins[^]*text\/html; charset=utf-8/);
  });

  it('goes to its recipient alone, whatever the name says', async () => {
    await adapter.port.send(MAIL);
    const [content = ''] = await adapter.arrived();
    const [headers = ''] = content.split('\n\n');
    expect(headers).not.toMatch(/^bcc:/im);
    expect(headers).not.toContain('=0D=0A');
    expect(headers).toContain('<ada@example.com>');
  });

  it('that is sent again is seen to be the same', async () => {
    await adapter.port.send(MAIL);
    await adapter.port.send(MAIL);
    expect(await adapter.arrived()).toHaveLength(1);
  });

  it('waits while it cannot be sent, and names nobody', async () => {
    await adapter.breakDown();
    const failure = await adapter.port.send(MAIL).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DependencyUnavailable);
    expect(String(failure)).not.toContain('ada@example.com');
  });
});

describe('a mail server', () => {
  let server: SmtpServer;
  let port: SmtpMail;
  beforeEach(async () => {
    server = await SmtpServer.open();
    port = new SmtpMail(server.url);
  });
  afterEach(async () => {
    port.close();
    await server.close();
  });
  const failure = (): Promise<unknown> => port.send(MAIL).catch((error: unknown) => error);

  it('is given the recipient', async () => {
    await port.send(MAIL);
    expect(server.received).toMatchObject([{ from: 'orders@waybill.example', to: 'ada@example.com' }]);
  });

  it('that refuses a recipient for good makes the mail poison, and is not quoted', async () => {
    server.recipientReply = '550 <ada@example.com> is unknown here';
    expect(await failure()).toBeInstanceOf(Poison);
    expect(JSON.stringify(await failure(), ['message', 'stack', 'cause'])).not.toContain('ada@');
  });

  it('that refuses a recipient for now makes it an attempt', async () => {
    server.recipientReply = '451 try again later';
    const thrown = await failure();
    expect(thrown).not.toBeInstanceOf(Poison);
    expect(thrown).not.toBeInstanceOf(DependencyUnavailable);
    expect(String(thrown)).toContain('451');
  });

  it('that serves nobody now is waited for', async () => {
    server.greeting = '421 too busy';
    expect(await failure()).toBeInstanceOf(DependencyUnavailable);
  });
});
