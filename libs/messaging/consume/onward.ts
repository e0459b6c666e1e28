import type { ConsumeMessage } from 'amqplib';
import { deadLettersOf, exchangeOf, retryQueueOf, type QueueName, type RetryDelay } from '#libs/contracts/topology.js';
import {
  ATTEMPT_HEADER,
  attemptOf,
  deadLetterHeaders,
  FIRST_FAILED_HEADER,
  firstFailureOf,
  ownHeaders,
  type Burial,
} from '../dead-letter.js';
import { deadLettered } from '../message-metrics.js';
import type { Publisher } from '../publisher.js';

/**
 * Sends a queue's failed messages onward, to be tried again or to the dead letters: confirmed, before the original is acknowledged.
 * Body, id, priority and headers stay as they are. Both methods throw NotConfirmed when the broker did not take the message.
 */
export class Onward {
  constructor(
    private readonly queue: QueueName,
    private readonly publisher: Publisher,
  ) {}

  async retry(message: ConsumeMessage, delay: RetryDelay): Promise<void> {
    const headers = { [ATTEMPT_HEADER]: attemptOf(message) + 1, [FIRST_FAILED_HEADER]: this.history(message).firstAt };
    await this.publish(retryQueueOf(this.queue, delay), message, headers);
  }

  /** As it is, without an attempt more. */
  async postpone(message: ConsumeMessage, delay: RetryDelay): Promise<void> {
    await this.publish(retryQueueOf(this.queue, delay), message, {});
  }

  async bury(message: ConsumeMessage, burial: Pick<Burial, 'reason' | 'handler' | 'error'>): Promise<void> {
    const headers = deadLetterHeaders({
      ...burial,
      ...this.history(message),
      queue: this.queue,
      attempts: attemptOf(message),
    });
    await this.publish(deadLettersOf(this.queue), message, headers);
    deadLettered.inc({ queue: this.queue, reason: burial.reason });
  }

  private async publish(queue: string, message: ConsumeMessage, headers: Record<string, unknown>): Promise<void> {
    const { messageId, priority } = message.properties as { messageId?: unknown; priority?: unknown };
    await this.publisher.publish({
      exchange: exchangeOf(this.queue),
      routingKey: queue,
      mandatory: true,
      messageId: typeof messageId === 'string' ? messageId : '',
      body: message.content,
      headers: { ...ownHeaders(message), ...headers },
      ...(typeof priority === 'number' && { priority }),
    });
  }

  private history(message: ConsumeMessage): { firstAt: string; lastAt: string } {
    const lastAt = new Date().toISOString();
    return { firstAt: firstFailureOf(message) ?? lastAt, lastAt };
  }
}
