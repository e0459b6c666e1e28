import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { defer, lastValueFrom } from 'rxjs';
import { queueRule, type QueueName } from '#libs/contracts/topology.js';
import { logger } from '#libs/telemetry/logger.js';
import { registerReadiness } from '#libs/telemetry/readiness.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { BrokerConnection } from './connection.js';
import { MessageHandling, type MessageHandler } from './consume/message-handling.js';
import { Onward } from './consume/onward.js';
import { QueueConsumer } from './consume/queue-consumer.js';
import { AMQP_TRANSPORT, type MessageExtras } from './on-message.js';
import { Publisher } from './publisher.js';

export interface AmqpServerOptions {
  readonly url: string;
  /** The service, as the broker shows it. */
  readonly name: string;
  /** How long a stop waits for handlers that are at work. Below the process's own limit (WAYBILL_SHUTDOWN_MS). */
  readonly graceMs?: number;
}

const GRACE_MS = 6_000;

/** Feeds the methods that `@OnMessage` declares. Consumes on one connection, publishes retries and dead letters on another. */
export class AmqpServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private readonly stop = new AbortController();
  private readonly connections: BrokerConnection[] = [];
  private consumers: QueueConsumer[] = [];

  constructor(private readonly options: AmqpServerOptions) {
    super();
    this.transportId = AMQP_TRANSPORT;
  }

  /** Called by Nest when everything else is ready. Does not wait for the broker. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const queues = this.handlersByQueue();
      const consuming = await this.connect('consumer');
      const publisher = new Publisher(await this.connect('publisher'));
      this.consumers = [...queues].map(([queue, handlers]) => {
        const handling = new MessageHandling(queue, handlers, new Onward(queue, publisher), this.stop.signal);
        return new QueueConsumer(queue, queueRule(queue).prefetch, consuming, handling, this.graceMs);
      });
      for (const consumer of this.consumers) consumer.start();
      registerReadiness('broker', () => checkConnected(consuming), { optional: true });
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Takes no more messages, lets handlers finish for a while, acknowledges, closes. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.stop.abort(), this.graceMs);
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    clearTimeout(late);
    await Promise.all(this.connections.map((connection) => connection.close()));
  }

  on(): void {
    throw new Error('AmqpServer has no events of its own: it logs, and counts in its metrics');
  }

  unwrap<Connections>(): Connections {
    return this.connections as Connections;
  }

  private get graceMs(): number {
    return this.options.graceMs ?? GRACE_MS;
  }

  private async connect(purpose: string): Promise<BrokerConnection> {
    const connection = await BrokerConnection.open({ url: this.options.url, name: `${this.options.name}-${purpose}` });
    this.connections.push(connection);
    return connection;
  }

  /** @throws Error for a queue that gets a type which nobody handles, or which two methods want: both are mistakes in the code. */
  private handlersByQueue(): Map<QueueName, Map<string, MessageHandler>> {
    const queues = new Map<QueueName, Map<string, MessageHandler>>();
    for (const handler of this.messageHandlers.values()) {
      const { queue, type, name } = handler.extras as MessageExtras;
      if (handler.next) throw new Error(`Two handlers for ${type} in ${queue}: declare one`);
      const handle: MessageHandler['handle'] = (envelope, context) =>
        lastValueFrom(
          defer(() => this.transformToObservable(handler(envelope, context))),
          { defaultValue: undefined },
        );
      queues.set(queue, (queues.get(queue) ?? new Map<string, MessageHandler>()).set(type, { name, handle }));
    }
    for (const [queue, handlers] of queues) requireAll(queue, handlers);
    logger().info({ queues: [...queues.keys()] }, 'consuming');
    return queues;
  }
}

function requireAll(queue: QueueName, handlers: ReadonlyMap<string, unknown>): void {
  const missing = queueRule(queue).subscribes.filter((type) => !handlers.has(type));
  if (missing.length > 0)
    throw new Error(`${queue} gets ${missing.join(', ')}, but no method handles it: declare one with @OnMessage`);
}

async function checkConnected(connection: BrokerConnection): Promise<void> {
  if (!connection.connected)
    throw new WaybillError('UNAVAILABLE', 'The broker cannot be reached; messages wait in its queues');
}
