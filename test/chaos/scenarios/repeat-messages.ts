import { connect, type ConsumeMessage } from 'amqplib';
import { EVENTS_EXCHANGE, type QueueName } from '#libs/contracts/topology.js';
import { queuesOf } from '../repeater.js';
import { settle } from '../settle.js';
import type { Stage } from '../stage.js';

const COPIES = 50;
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
