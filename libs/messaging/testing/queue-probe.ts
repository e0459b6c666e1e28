import { connect, type ChannelModel, type ConsumeMessage, type GetMessage } from 'amqplib';
import type { Envelope } from '../envelope.js';
import { declareTopology } from '../declare-topology.js';

export interface Received {
  readonly envelope: Envelope;
  readonly headers: Record<string, unknown>;
  readonly message: ConsumeMessage;
}

/** Looks at a broker from outside, with a client that knows nothing of this library but its topology. */
export class QueueProbe {
  private constructor(private readonly model: ChannelModel) {}

  static async open(url: string): Promise<QueueProbe> {
    const model = await connect(url, { noDelay: true });
    model.on('error', () => undefined); // tests break connections on purpose
    await declareTopology(model);
    return new QueueProbe(model);
  }

  /** Takes everything that arrives in a queue from now on. */
  async collect(queue: string, prefetch = 100): Promise<Received[]> {
    const received: Received[] = [];
    const channel = await this.model.createChannel();
    channel.on('error', () => undefined);
    await channel.prefetch(prefetch);
    await channel.consume(queue, (message) => {
      if (message === null) return;
      received.push(read(message));
      channel.ack(message);
    });
    return received;
  }

  /** Puts a body into a queue, as a foreign or an older producer might. */
  async put(
    queue: string,
    body: string | Buffer,
    headers: Record<string, unknown> = {},
    messageId = 'put-by-hand',
  ): Promise<void> {
    const channel = await this.model.createConfirmChannel();
    channel.sendToQueue(queue, Buffer.from(body), { headers, persistent: true, messageId });
    await channel.waitForConfirms();
    await channel.close();
  }

  async depth(queue: string): Promise<number> {
    const channel = await this.model.createChannel();
    const { messageCount } = await channel.checkQueue(queue);
    await channel.close();
    return messageCount;
  }

  /** Takes one message, if there is one. */
  async take(queue: string): Promise<GetMessage | undefined> {
    const channel = await this.model.createChannel();
    const message = await channel.get(queue, { noAck: true });
    await channel.close();
    return message === false ? undefined : message;
  }

  async close(): Promise<void> {
    await this.model.close().catch(() => undefined); // the broker may have gone before
  }
}

function read(message: ConsumeMessage): Received {
  const body = message.content.toString();
  return {
    envelope: (body.startsWith('{') ? JSON.parse(body) : {}) as Envelope,
    headers: message.properties.headers ?? {},
    message,
  };
}
