import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and the broker, and can cut what is between them. */
export class BrokerProxy {
  private readonly sockets = new Set<Socket>();
  private reachable = true;
  /** What the broker said it refuses; each is a line in its log, too. */
  readonly refusals: string[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static open(brokerUrl: string): Promise<BrokerProxy> {
    const target = new URL(brokerUrl);
    const server = createServer();
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        const proxy = new BrokerProxy(
          server,
          Object.assign(new URL(brokerUrl), { hostname: '127.0.0.1', port: String(port) }).toString(),
        );
        server.on('connection', (client) => proxy.forward(client, target));
        resolve(proxy);
      });
    });
  }

  /** Breaks every connection; new ones are let through. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Breaks every connection and lets no new one through. */
  isolate(): void {
    this.reachable = false;
    this.cut();
  }

  heal(): void {
    this.reachable = true;
  }

  /** Keeps connections open, and lets nothing through. */
  freeze(): void {
    for (const socket of this.sockets) socket.pause();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  private forward(client: Socket, target: URL): void {
    if (!this.reachable) return void client.destroy();
    const broker = connect(Number(target.port || 5672), target.hostname);
    broker.on('data', (chunk) =>
      this.refusals.push(...(chunk.toString('latin1').match(/ACCESS_REFUSED[ -~]*/g) ?? [])),
    );
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined); // its 'close' follows
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }
}
