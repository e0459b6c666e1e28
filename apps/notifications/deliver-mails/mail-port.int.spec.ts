import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailable, Poison } from '#libs/messaging/failures.js';
import { SmtpServer } from '../testing/smtp-server.js';
import { FileMail } from './file-mail.js';
import { MAIL, mailPortContract } from './mail-port.contract.js';
import { SmtpMail } from './smtp-mail.js';

mailPortContract('a folder', async () => {
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
});

mailPortContract('a mail server', async () => {
  const server = await SmtpServer.open();
  const port = new SmtpMail(server.urlFor(undefined));
  return {
    port,
    arrived: async () => [...new Set(server.received.map(({ content }) => content))],
    breakDown: () => server.close(),
    tearDown: async () => {
      port.close();
      await server.close();
    },
  };
});

describe('a mail server', () => {
  let server: SmtpServer;
  let port: SmtpMail;
  beforeEach(async () => {
    server = await SmtpServer.open();
    port = new SmtpMail(server.urlFor(undefined));
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
    server.recipientRefusal = '550 <ada@example.com> is unknown here';
    expect(await failure()).toBeInstanceOf(Poison);
    expect(JSON.stringify(await failure(), ['message', 'stack', 'cause'])).not.toContain('ada@');
  });

  it('that refuses a recipient for now makes it an attempt', async () => {
    server.recipientRefusal = '451 try again later';
    const thrown = await failure();
    expect(thrown).not.toBeInstanceOf(Poison);
    expect(thrown).not.toBeInstanceOf(DependencyUnavailable);
    expect(String(thrown)).toContain('451');
  });

  it('that serves nobody now is waited for', async () => {
    server.connectionRefusal = '421 too busy';
    expect(await failure()).toBeInstanceOf(DependencyUnavailable);
  });
});

describe('a mail server that asks who is there', () => {
  let server: SmtpServer;
  beforeEach(async () => {
    server = await SmtpServer.open({ authOptional: false });
  });
  afterEach(() => server.close());

  it('is told the name and the password of the URL', async () => {
    const port = new SmtpMail(server.urlFor({}));
    await port.send(MAIL);
    expect(server.received).toHaveLength(1);
    port.close();
  });

  it('and knows neither is waited for until the URL is right, and the password is told to nobody', async () => {
    const port = new SmtpMail(server.urlFor({ password: 'mistyped' }));
    const thrown = await port.send(MAIL).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(DependencyUnavailable);
    expect(JSON.stringify(thrown, ['message', 'stack', 'cause'])).not.toContain('mistyped');
    port.close();
  });
});

it('a mail server whose certificate nobody vouches for is told nothing', async () => {
  const server = await SmtpServer.open({ hideSTARTTLS: false });
  const port = new SmtpMail(server.urlFor({}));
  expect(await port.send(MAIL).catch((error: unknown) => error)).toBeInstanceOf(DependencyUnavailable);
  expect(server.received).toEqual([]);
  port.close();
  await server.close();
});
