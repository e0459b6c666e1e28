import { describe, expect, it } from '@jest/globals';
import {
  deadLettersOf,
  destinationOf,
  LANES,
  QUEUE_NAMES,
  bindings,
  EVENTS_EXCHANGE,
  queueDeclarations,
  queueRule,
  retryQueueOf,
  routingKeyOf,
} from './topology.js';

const VERSIONS = ['3.10.8', '4.2.1', '4.3.0', '5.0.0'];
const argumentsOf = (queue: string, version = '3.10.8') =>
  queueDeclarations(version).find(({ name }) => name === queue)?.arguments ?? {};

describe('the topology', () => {
  it.each(QUEUE_NAMES)('given %s, then it has dead letters and both of its retry queues', (queue) => {
    const names = queueDeclarations('4.2.0').map(({ name }) => name);

    expect(names).toEqual(
      expect.arrayContaining([queue, deadLettersOf(queue), retryQueueOf(queue, '1s'), retryQueueOf(queue, '10s')]),
    );
    expect(argumentsOf(queue)).toMatchObject({
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': `${queue}-dlq`,
    });
  });

  it.each(QUEUE_NAMES)('given %s, then it refuses when full only if nothing but its own lane leads to it', (queue) => {
    const { subscribes, whenFull } = queueRule(queue);

    expect(whenFull).toBe(subscribes.length > 0 ? 'drop-head' : 'reject-publish');
  });

  it('given order-processing, then it is bounded, durable and dead-letters at least once', () => {
    expect(argumentsOf('order-processing')).toMatchObject({
      'x-queue-type': 'quorum',
      'x-max-length': 10_000,
      'x-overflow': 'reject-publish',
      'x-message-ttl': 86_400_000,
      'x-dead-letter-strategy': 'at-least-once',
    });
    expect(queueRule('order-processing').prefetch).toBe(10);
  });

  it('given order-facts, then nothing in it expires and no event leads to it', () => {
    expect(argumentsOf('order-facts')).not.toHaveProperty('x-message-ttl');
    expect(queueRule('order-facts').subscribes).toEqual([]);
  });

  it.each([
    ['3.10.8', 'classic', 9],
    ['4.2.9', 'classic', 9],
    ['4.3.0', 'quorum', undefined],
    ['5.0.1', 'quorum', undefined],
  ])('given RabbitMQ %s, then mails are in a %s queue with priorities', (version, type, maxPriority) => {
    const mails = argumentsOf('email-notifications', version);

    expect(mails).toMatchObject({
      'x-queue-type': type,
      'x-max-length': 50_000,
      'x-message-ttl': 172_800_000,
    });
    expect(mails['x-max-priority']).toBe(maxPriority);
    expect(queueRule('email-notifications').prefetch).toBe(100);
  });

  it('given any version, then a classic queue has no argument that only quorum queues know', () => {
    for (const { arguments: queue } of VERSIONS.flatMap(queueDeclarations)) {
      const quorumOnly = 'x-delivery-limit' in queue || 'x-dead-letter-strategy' in queue;
      expect(quorumOnly && queue['x-queue-type'] === 'classic').toBe(false);
    }
  });

  it('given any version, then at-least-once dead lettering comes with reject-publish, without which brokers ignore it', () => {
    for (const { arguments: queue } of VERSIONS.flatMap(queueDeclarations)) {
      if (queue['x-dead-letter-strategy'] === 'at-least-once') expect(queue['x-overflow']).toBe('reject-publish');
    }
  });

  it.each(LANES)('given lane %s, then a message leads to one place, and a missing queue is noticed', (lane) => {
    const { exchange, mandatory } = destinationOf(lane);

    expect(mandatory).toBe(exchange !== EVENTS_EXCHANGE);
    const routed = bindings().filter((known) => known.exchange === exchange && known.routingKey === lane);
    expect(routed.map(({ queue }) => queue)).toEqual(lane === 'events' ? [] : [lane]);
    expect(routingKeyOf(lane, 'OrderPlaced')).toBe(lane === 'events' ? 'OrderPlaced' : lane);
  });
});
