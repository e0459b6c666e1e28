import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: string;
  readonly content: string;
}

/** How a server can refuse, as an SMTP reply: `550 no such user`. */
type Reply = `${number} ${string}`;

const CREDENTIALS = { user: 'waybill', password: 's3cret' };
/** Reverse look-ups and slow goodbyes are nothing to a test. */
const QUICK: SMTPServerOptions = { disableReverseLookup: true, closeTimeout: 100, logger: false };

/** A mail server that keeps what it is given and refuses as a test says. */
export class SmtpServer {
  readonly received: ReceivedMail[] = [];
  /** What is said to connections; undefined: welcome. */
  connectionRefusal: Reply | undefined;
  /** What is said of recipients; undefined: welcome. */
  recipientRefusal: Reply | undefined;
  private readonly server: SMTPServer;

  private constructor(options: SMTPServerOptions) {
    this.server = new SMTPServer({
      ...QUICK,
      hideSTARTTLS: true,
      authOptional: true,
      allowInsecureAuth: true,
      ...options,
      onAuth: ({ username, password }, _, done) => {
        const known = username === CREDENTIALS.user && password === CREDENTIALS.password;
        done(known ? null : failure('535 unknown'), known ? { user: username } : undefined);
      },
      onConnect: (_, done) => done(failure(this.connectionRefusal)),
      onRcptTo: (_address, _session, done) => done(failure(this.recipientRefusal)),
      onData: (stream, { envelope: { mailFrom, rcptTo } }, done) => {
        void text(stream).then((content) => {
          const to = rcptTo.map(({ address }) => address).join();
          const from = mailFrom ? mailFrom.address : '';
          this.received.push({ from, to, content: content.replaceAll('\r\n', '\n') });
          done();
        }, done);
      },
    });
    // A client that breaks off is no trouble of the server's.
    this.server.on('error', () => undefined);
  }

  static async open(options: SMTPServerOptions = {}): Promise<SmtpServer> {
    const server = new SmtpServer(options);
    const listening = server.server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return server;
  }

  /** With or without a name and a password, right or wrong. */
  urlFor(credentials: Partial<typeof CREDENTIALS> | undefined): string {
    const { user, password } = { ...CREDENTIALS, ...credentials };
    const { port } = this.server.server.address() as AddressInfo;
    return `smtp://${credentials ? `${user}:${password}@` : ''}127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }
}

function failure(reply: Reply | undefined): Error | null {
  if (reply === undefined) return null;
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });
}
