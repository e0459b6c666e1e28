import { connect, type ConsumeMessage } from 'amqplib';
import { EVENTS_EXCHANGE, QUEUE_NAMES, queueRule, type QueueName } from '#libs/contracts/topology.js';
import { settle } from '../settle.js';
import type { Stage } from '../stage.js';

const COPIES = 50;
/** Messages that come straight to their queue and not by the exchange, where they are copied from all the same. */
const ADDRESSED: Readonly<Record<string, QueueName>> = {
  OrderPlaced: 'order-processing',
  ShipmentDispatched: 'order-facts',
  ShipmentDelivered: 'order-facts',
  ShipmentLost: 'order-facts',
};

/** Records every event of some orders, then sends each of them fifty times more, in any order. */
export async function repeatMessages(stage: Stage): Promise<void> {
  const { system, load, flights, random, size } = stage;
  const connection = await connect(system.run.rabbitmq.amqp);
  try {
    const channel = await connection.createConfirmChannel();
    const seen: ConsumeMessage[] = [];
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, EVENTS_EXCHANGE, '#');
    await channel.consume(queue, (message) => void (message && seen.push(message)), { noAck: true });
    await load.placeMany(Math.min(size.orders, 40));
    await load.answered();
    await settle(flights, true, 120_000);
    const copies = seen.flatMap((message) =>
      queuesOf(message).flatMap((to) => Array<[QueueName, ConsumeMessage]>(COPIES).fill([to, message])),
    );
    for (const [to, { content, properties }] of random.shuffle(copies))
      channel.publish('', to, content, { ...properties, persistent: true });
    await channel.waitForConfirms();
    stage.say(`${seen.length} events, ${copies.length} copies of them`);
    if (copies.length === 0) stage.broken.push('no event was seen: nothing was repeated');
  } finally {
    await connection.close();
  }
}

function queuesOf({ fields: { routingKey } }: ConsumeMessage): QueueName[] {
  const subscribed = QUEUE_NAMES.filter((name) => queueRule(name).subscribes.some((type) => type === routingKey));
  const addressed = ADDRESSED[routingKey];
  return addressed === undefined ? subscribed : [...subscribed, addressed];
}
