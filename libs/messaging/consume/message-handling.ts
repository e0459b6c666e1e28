import type { ConsumeMessage } from 'amqplib';
import type { QueueName } from '#libs/contracts/topology.js';
import { messageOf, unreachable } from '#libs/kernel/errors.js';
import { failpoint } from '#libs/kernel/failpoints.js';
import { isId } from '#libs/kernel/ids.js';
import { logger, withLogContext, type LogContext } from '#libs/telemetry/logger.js';
import { withTraceparent } from '#libs/telemetry/tracing/current-trace.js';
import { attemptOf } from '../dead-letter.js';
import { parseEnvelope, type Envelope } from '../envelope.js';
import { Poison } from '../failures.js';
import { processing } from '../message-hops.js';
import { consumed, handling } from '../message-metrics.js';
import type { MessageContext } from '../on-message.js';
import type { Handling, Verdict, Work } from './handling.js';
import { nextStep } from './next-step.js';
import type { Onward } from './onward.js';

export interface MessageHandler {
  /** Class and method, for the dead letters. */
  readonly name: string;
  readonly handle: (envelope: Envelope, context: MessageContext) => Promise<void>;
}

/** Handles the messages of one queue, and decides what becomes of those whose handler threw. */
export class MessageHandling implements Handling {
  constructor(
    private readonly queue: QueueName,
    /** By event type. */
    private readonly handlers: ReadonlyMap<string, MessageHandler>,
    private readonly onward: Onward,
    private readonly signal: AbortSignal,
  ) {}

  /** The messages of one subject of one producer take turns. */
  read(message: ConsumeMessage): Work {
    try {
      const envelope = parseEnvelope(message.content.toString());
      return {
        turn: `${envelope.producer}/${envelope.subject}`,
        // What is logged of a message that was not handled tells its order and trace, too.
        process: () =>
          withTraceparent(message.properties.headers?.['traceparent'], () =>
            withLogContext(orderIn(envelope), () => this.process(message, envelope)),
          ),
      };
    } catch (error) {
      const poison = error instanceof Poison ? error : new Poison('malformed', messageOf(error), { cause: error });
      return {
        turn: `malformed/${message.fields.deliveryTag}`,
        process: () => this.settle(message, poison, null, 'unknown'),
      };
    }
  }

  private async process(message: ConsumeMessage, envelope: Envelope): Promise<Verdict> {
    const handler = this.handlers.get(envelope.type);
    if (!handler) {
      const poison = new Poison('unknown-type', `Nobody here handles ${envelope.type} from ${this.queue}`);
      return this.settle(message, poison, null, 'unknown');
    }
    try {
      await this.run(handler, envelope, message);
      return this.count(envelope.type, 'done', 'done');
    } catch (error) {
      return this.settle(message, error, handler.name, envelope.type);
    }
  }

  private async run(handler: MessageHandler, envelope: Envelope, message: ConsumeMessage): Promise<void> {
    const context = {
      queue: this.queue,
      attempt: attemptOf(message),
      redelivered: message.fields.redelivered,
      signal: this.signal,
    };
    const fields = orderIn(envelope);
    const stop = handling.startTimer({ queue: this.queue, type: envelope.type });
    try {
      await processing(this.queue, envelope, message, () =>
        withLogContext(fields, async () => {
          await handler.handle(envelope, context);
          await failpoint('consumer.before-ack', fields.orderId ?? envelope.subject);
        }),
      );
    } finally {
      stop();
    }
  }

  /** A message that cannot be moved on stays where it is: then the broker is the dependency that is away. */
  private async settle(
    message: ConsumeMessage,
    error: unknown,
    handler: string | null,
    type: string,
  ): Promise<Verdict> {
    const attempt = attemptOf(message);
    const step = nextStep(error, attempt);
    logger().warn(
      { error, queue: this.queue, type, handler, attempt, step, messageId: message.properties.messageId },
      'a message was not handled',
    );
    try {
      switch (step.kind) {
        case 'wait':
          return this.count(type, 'returned', 'unavailable');
        case 'retry':
          await this.onward.retry(message, step.delay);
          return this.count(type, 'retried', 'done');
        case 'postpone':
          await this.onward.postpone(message, step.delay);
          return this.count(type, 'postponed', 'done');
        case 'bury':
          await this.onward.bury(message, { reason: step.reason, handler, error: messageOf(error) });
          return this.count(type, 'dead', 'done');
        default:
          return unreachable(step);
      }
    } catch (failure) {
      logger().warn({ error: failure, queue: this.queue }, 'a message could not be moved on');
      return this.count(type, 'returned', 'unavailable');
    }
  }

  private count(
    type: string,
    outcome: 'done' | 'retried' | 'postponed' | 'dead' | 'returned',
    verdict: Verdict,
  ): Verdict {
    consumed.inc({ queue: this.queue, type, outcome });
    return verdict;
  }
}

function orderIn({ correlationId }: Envelope): LogContext {
  return isId(correlationId) ? { orderId: correlationId } : {};
}
