import { randomUUID } from 'node:crypto';
import type { Channel } from 'amqplib';
import type { EventType } from '#libs/contracts/events.js';
import { EVENTS_EXCHANGE, NEWS_QUEUE, newsQueueOf } from '#libs/contracts/topology.js';
import { messageOf } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { BrokerConnection } from './connection.js';
import { Latch, within } from './latch.js';

export interface NewsOptions {
  readonly url: string;
  /** Who listens. */
  readonly service: string;
  readonly types: readonly EventType[];
  /** Called whenever it begins to listen, at first and after each interruption: anything may have happened before. */
  readonly listening?: () => void;
}

/** That something has happened to a subject; what it was, the listener looks up. */
export interface News {
  readonly subject: string;
  readonly sequence: number;
}

const LISTEN_AGAIN_MS = 500;

/**
 * Hears of events in every process of a service, each for itself. While the broker is away nothing is heard, and nothing is made
 * up for: it makes things quicker for who also looks now and then.
 */
export class NewsListener {
  private readonly stopping = new Latch();
  private stopped = false;
  private loop: Promise<void> = Promise.resolve();

  private constructor(
    private readonly connection: BrokerConnection,
    private readonly options: NewsOptions,
    private readonly hear: (news: News) => void,
  ) {}

  /** Does not wait for the broker. */
  static async start(options: NewsOptions, hear: (news: News) => void): Promise<NewsListener> {
    const connection = await BrokerConnection.open({ url: options.url, name: `${options.service}-news` });
    const listener = new NewsListener(connection, options, hear);
    listener.loop = listener.run();
    return listener;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.stopping.open();
    await this.loop;
    await this.connection.close();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.listen().catch((error: unknown) =>
        logger().debug({ error: messageOf(error) }, 'news are not heard for now'),
      );
      await within(LISTEN_AGAIN_MS, this.stopping.opened);
    }
  }

  /** Until the channel is lost. */
  private async listen(): Promise<void> {
    const opening = this.connection.channel();
    // While the broker is away the opening waits; a stop does not wait for it.
    const channel = await Promise.race([opening.catch(() => undefined), this.stopping.opened]);
    if (!channel) return;
    const lost = new Latch();
    channel.once('close', () => lost.open());
    await this.subscribe(channel, () => lost.open());
    await Promise.race([lost.opened, this.stopping.opened]);
  }

  /** Under a new name each time: the broker may still hold the queue of the connection that broke. */
  private async subscribe(channel: Channel, cancelled: () => void): Promise<void> {
    const queue = newsQueueOf(this.options.service, randomUUID());
    await channel.assertQueue(queue, NEWS_QUEUE);
    for (const type of this.options.types) await channel.bindQueue(queue, EVENTS_EXCHANGE, type);
    await channel.consume(queue, (message) => (message ? this.take(message.content) : cancelled()), { noAck: true });
    this.options.listening?.();
  }

  private take(content: Buffer): void {
    const news = readNews(content);
    if (news) this.hear(news);
  }
}

/** What is no envelope is news of nothing: the queues that have to act upon it complain. */
function readNews(content: Buffer): News | undefined {
  try {
    const { subject, sequence } = JSON.parse(content.toString()) as Partial<News>;
    return typeof subject === 'string' && typeof sequence === 'number' ? { subject, sequence } : undefined;
  } catch {
    return undefined;
  }
}
