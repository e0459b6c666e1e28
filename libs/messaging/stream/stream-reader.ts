import type { Channel, ConsumeMessage } from 'amqplib';
import { streamOf } from '#libs/contracts/topology.js';
import type { BrokerConnection } from '../connection.js';

export interface StreamMessage {
  readonly partition: number;
  /** Where it stands in its partition. Offsets grow; one may be missing where a segment ends. */
  readonly position: number;
  readonly body: string;
  /** Of the trace that it was sent in. */
  readonly traceparent?: unknown;
}

export interface StreamReaderOptions {
  readonly partition: number;
  /** The first position wanted. What the broker has forgotten is left out without a word: compare with what comes first. */
  readonly from: number;
  /** How many messages may be here that are not done with: the broker sends no more than that ahead. */
  readonly ahead: number;
  /** Called when there is something to take, and when the reading has ended. */
  readonly onChange: () => void;
}

/** Reads one partition from a position on. The reader pulls: the broker goes on as far as messages are marked as done. */
export class StreamReader {
  private readonly waiting: StreamMessage[] = [];
  private readonly tags = new Map<number, number>();
  private lost = false;

  private constructor(
    private readonly channel: Channel,
    private readonly options: StreamReaderOptions,
  ) {}

  static async open(connection: BrokerConnection, options: StreamReaderOptions): Promise<StreamReader> {
    const reader = new StreamReader(await connection.channel(), options);
    await reader.consume();
    return reader;
  }

  /** True once nothing more will come: the connection broke, or the stream is gone. Open another one. */
  get ended(): boolean {
    return this.lost;
  }

  get size(): number {
    return this.waiting.length;
  }

  /** The oldest message that was not taken. */
  get head(): StreamMessage | undefined {
    return this.waiting[0];
  }

  /** The oldest messages, in order. They are the caller's from here on. */
  take(most: number): StreamMessage[] {
    return this.waiting.splice(0, most);
  }

  /** All messages up to this position are done with. */
  done(position: number): void {
    const tag = this.tags.get(position);
    if (tag === undefined || this.lost) return;
    for (const [known, at] of this.tags) if (at <= tag) this.tags.delete(known);
    this.channel.ack({ fields: { deliveryTag: tag } } as ConsumeMessage, true);
  }

  async close(): Promise<void> {
    this.lost = true;
    await this.channel.close().catch(() => undefined); // broken before: nothing left to close
  }

  private async consume(): Promise<void> {
    const { partition, from, ahead } = this.options;
    this.channel.on('close', () => this.end());
    await this.channel.prefetch(ahead);
    await this.channel.consume(streamOf(partition), (message) => (message ? this.receive(message) : this.end()), {
      arguments: { 'x-stream-offset': from },
    });
  }

  private receive(message: ConsumeMessage): void {
    const position = positionOf(message);
    this.tags.set(position, message.fields.deliveryTag);
    const traceparent: unknown = message.properties.headers?.['traceparent'];
    this.waiting.push({ partition: this.options.partition, position, body: message.content.toString(), traceparent });
    if (this.waiting.length === 1) this.options.onChange();
  }

  private end(): void {
    this.lost = true;
    this.options.onChange();
  }
}

export function positionOf({ properties }: Pick<ConsumeMessage, 'properties'>): number {
  return Number(properties.headers?.['x-stream-offset']);
}
