import { randomUUID } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { messageOf } from '#libs/kernel/errors.js';
import { DependencyUnavailable } from '#libs/messaging/failures.js';
import type { Mail, MailPort } from './mail-port.js';
import { toMime } from './mime.js';

/** Writes each mail into a folder, as `<id>.eml`, which every mail program opens. A repeat replaces the file by the same one. */
export class FileMail implements MailPort {
  private readonly composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });

  constructor(private readonly folder: string) {}

  async send(mail: Mail): Promise<void> {
    const { message } = await this.composer.sendMail(toMime(mail));
    try {
      await this.write(`${mail.id}.eml`, message as Buffer); // `buffer: true`
    } catch (error) {
      throw new DependencyUnavailable(`The mail folder cannot be written: ${messageOf(error)}`, { cause: error });
    }
  }

  close(): void {
    this.composer.close();
  }

  /** Appears under its name complete or not at all, also when the same mail is sent twice at once. */
  private async write(name: string, content: Buffer): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const draft = join(this.folder, `.${name}.${randomUUID()}.draft`);
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, join(this.folder, name));
  }
}
