import type { ConfirmChannel } from 'amqplib';
import { logger } from '#libs/telemetry/logger.js';
import type { BrokerConnection } from './connection.js';
import { within } from './latch.js';

/** How long the broker may take to say that it has a message. */
export const CONFIRM_TIMEOUT_MS = 30_000;

export interface OutgoingMessage {
  /** Empty: straight to the queue that `routingKey` names. */
  readonly exchange: string;
  readonly routingKey: string;
  /** True: a message that reaches no queue comes back as `unroutable`. */
  readonly mandatory: boolean;
  readonly messageId: string;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly priority?: number;
}

/** `unconfirmed`: nobody knows; it must be sent again and may arrive twice. */
export type PublishOutcome = 'confirmed' | 'refused' | 'unroutable' | 'unconfirmed';

/** A message that the broker has not taken over: it is still the sender's. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed';

  constructor(
    readonly outcome: Exclude<PublishOutcome, 'confirmed'>,
    destination: string,
  ) {
    super(`The broker did not confirm a message for ${destination}: ${outcome}`);
  }
}

/** Publishes with confirms, on a channel of its own that is replaced when it fails. */
export class Publisher {
  private channel: Promise<ConfirmChannel> | undefined;
  private readonly returned = new Set<string>();

  constructor(
    private readonly connection: BrokerConnection,
    private readonly confirmTimeoutMs = CONFIRM_TIMEOUT_MS,
  ) {}

  /** @throws NotConfirmed */
  async publish(message: OutgoingMessage): Promise<void> {
    const [outcome = 'unconfirmed'] = await this.publishAll([message]);
    if (outcome !== 'confirmed') throw new NotConfirmed(outcome, message.routingKey);
  }

  /** Publishes in order, without waiting in between. @returns what became of each, in the same order. */
  async publishAll(messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> {
    if (!this.connection.usable) return messages.map(() => 'unconfirmed');
    const outcomes: PublishOutcome[] = messages.map(() => 'unconfirmed');
    const answered = this.sendAll(messages, outcomes);
    if (!(await within(this.confirmTimeoutMs, answered))) this.retire();
    if (outcomes.includes('unroutable')) await this.connection.redeclare();
    return [...outcomes];
  }

  async close(): Promise<void> {
    const channel = await this.channel?.catch(() => undefined);
    this.channel = undefined;
    await channel?.close().catch(() => undefined); // closed by the broker before: nothing left to close
  }

  /** Fills in each outcome as it is known. */
  private async sendAll(messages: readonly OutgoingMessage[], outcomes: PublishOutcome[]): Promise<void> {
    const channel = await this.openChannel().catch(() => undefined); // the connection says why
    if (!channel) return;
    await Promise.all(messages.map(async (message, place) => (outcomes[place] = await this.send(channel, message))));
  }

  private send(channel: ConfirmChannel, message: OutgoingMessage): Promise<PublishOutcome> {
    const { exchange, routingKey, messageId, body, headers, mandatory, priority } = message;
    const options = {
      mandatory,
      messageId,
      headers,
      persistent: true,
      contentType: 'application/json',
      ...(priority !== undefined && { priority }),
    };
    return new Promise((resolve) => {
      try {
        channel.publish(exchange, routingKey, Buffer.from(body), options, (error) =>
          resolve(this.outcomeOf(messageId, error)),
        );
      } catch (error) {
        logger().warn({ error, messageId, routingKey }, 'a message could not be published');
        resolve('unconfirmed');
      }
    });
  }

  /** The broker returns what it cannot route before it confirms it. */
  private outcomeOf(messageId: string, error: unknown): PublishOutcome {
    if (this.returned.delete(messageId)) return 'unroutable';
    if (error === null) return 'confirmed';
    return error instanceof Error && error.message === 'message nacked' ? 'refused' : 'unconfirmed';
  }

  private openChannel(): Promise<ConfirmChannel> {
    this.channel ??= this.connection.confirmChannel().then((channel) => {
      channel.on('return', ({ properties }) => this.returned.add(String(properties.messageId)));
      channel.on('close', () => this.forget());
      return channel;
    });
    this.channel.catch(() => this.forget());
    return this.channel;
  }

  /** Confirms that come later than anybody waits for must not be mistaken for those of the next messages. */
  private retire(): void {
    const late = this.channel;
    this.forget();
    late?.then((channel) => channel.close()).catch(() => undefined); // it was given up anyway
  }

  private forget(): void {
    this.channel = undefined;
    this.returned.clear();
  }
}
