import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib';
import {
  EVENTS_EXCHANGE,
  QUEUE_NAMES,
  partitionOf,
  queueRule,
  streamOf,
  type QueueName,
} from '#libs/contracts/topology.js';
import { isId } from '#libs/kernel/ids.js';

/** Messages that come straight to their queue and not by the exchange, where they are copied from all the same. */
const ADDRESSED: Readonly<Record<string, QueueName>> = {
  OrderPlaced: 'order-processing',
  CancelRequested: 'order-processing',
  ShipmentDispatched: 'order-facts',
  ShipmentDelivered: 'order-facts',
  ShipmentLost: 'order-facts',
};

/** The queues that got this message from the exchange, or from the lane beside it. */
export function queuesOf({ fields: { routingKey } }: ConsumeMessage): QueueName[] {
  const subscribed = QUEUE_NAMES.filter((name) => queueRule(name).subscribes.some((type) => type === routingKey));
  const addressed = ADDRESSED[routingKey];
  return addressed === undefined ? subscribed : [...subscribed, addressed];
}

const RECONNECT_MS = 200;

/** Sends every event that it sees once more to everybody who got it, for as long as it runs; the broker may go and come. */
export class Repeater {
  repeated = 0;
  private stopped = false;
  private model: ChannelModel | undefined;
  private readonly running: Promise<void>;

  constructor(private readonly amqpUrl: string) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.model?.close().catch(() => undefined); // the broker may be away
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.session().catch(() => undefined); // the broker is killed now and then: that is what the scenario does
      await pause(RECONNECT_MS);
    }
  }

  private async session(): Promise<void> {
    const model = await connect(this.amqpUrl);
    this.model = model;
    const closed = new Promise<void>((resolve) => model.once('close', () => resolve()));
    model.on('error', () => undefined); // 'close' follows
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, EVENTS_EXCHANGE, '#');
    await channel.consume(queue, (message) => void (message && this.repeat(channel, message)), { noAck: true });
    await closed;
  }

  private repeat(channel: Channel, message: ConsumeMessage): void {
    const { content, properties } = message;
    const envelope = JSON.parse(content.toString()) as { readonly producer: string; readonly subject: string };
    const stream =
      envelope.producer === 'orders' && isId(envelope.subject) ? [streamOf(partitionOf(envelope.subject))] : [];
    for (const to of [...queuesOf(message), ...stream]) {
      channel.publish('', to, content, { ...properties, persistent: true });
      this.repeated += 1;
    }
  }
}
