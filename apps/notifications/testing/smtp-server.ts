import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface ReceivedMail {
  readonly from: string;
  readonly to: string;
  readonly content: string;
}

/** As much of a mail server as a test needs. */
export class SmtpServer {
  readonly received: ReceivedMail[] = [];
  /** What the next recipients are answered. */
  recipientReply = '250 welcome';
  /** What a connection is greeted with. */
  greeting = '220 test';

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<SmtpServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const smtp = new SmtpServer(server, `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (socket) => smtp.talk(socket));
    return smtp;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private talk(socket: Socket): void {
    let from = '';
    let to = '';
    let data: string[] | undefined;
    const say = (reply: string): void => void socket.write(`${reply}\r\n`);
    socket.on('error', () => undefined); // its 'close' follows
    say(this.greeting);
    createInterface(socket).on('line', (line) => {
      if (data !== undefined) {
        if (line !== '.') return void data.push(line.replace(/^\.\./, '.'));
        this.received.push({ from, to, content: data.join('\n') });
        data = undefined;
        return say('250 taken');
      }
      const [, verb = '', path = ''] = /^(\w+(?: \w+:)?)(?:\s*<([^>]*)>)?/.exec(line.toUpperCase()) ?? [];
      if (verb === 'MAIL FROM:') from = path.toLowerCase();
      if (verb === 'RCPT TO:') to = path.toLowerCase();
      if (verb === 'DATA') data = [];
      if (verb === 'QUIT') return void socket.end('221 bye\r\n');
      say(verb === 'DATA' ? '354 go on' : verb === 'RCPT TO:' ? this.recipientReply : '250 fine');
    });
  }
}
