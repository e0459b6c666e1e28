import { Injectable } from '@nestjs/common';
import type { ListQueuesResponse, Queue } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { deadLettersOf, QUEUE_NAMES, queueRule, retryQueueOf, type QueueName } from '#libs/contracts/topology.js';
import { CountDeadLetters } from '../list-dead-letters/count-dead-letters.js';
import { LookAtQueues, type QueueState } from './look-at-queues.js';

const retriesOf = (queue: QueueName): string[] => [retryQueueOf(queue, '1s'), retryQueueOf(queue, '10s')];

/** Every queue that a service consumes: what is in it, who takes from it, what its limits are. */
@Injectable()
export class ListQueues {
  constructor(
    private readonly look: LookAtQueues,
    private readonly count: CountDeadLetters,
  ) {}

  async execute(): Promise<ListQueuesResponse> {
    const names = QUEUE_NAMES.flatMap((queue) => [queue, deadLettersOf(queue), ...retriesOf(queue)]);
    const [states, counted] = await Promise.all([this.look.execute(names), this.count.execute()]);
    const openOf = (queue: QueueName): number =>
      counted.filter((row) => row.queue === queue).reduce((sum, { count }) => sum + count, 0);
    return { items: QUEUE_NAMES.map((queue) => describe(queue, states, openOf(queue))) };
  }
}

function describe(name: QueueName, states: ReadonlyMap<string, QueueState>, deadOpen: number): Queue {
  const { maxLength, whenFull, ttlMs, prefetch } = queueRule(name);
  const readyIn = (queue: string): number => states.get(queue)?.ready ?? 0;
  return {
    name,
    missing: !states.has(name),
    ready: readyIn(name),
    consumers: states.get(name)?.consumers ?? 0,
    retrying: retriesOf(name).reduce((sum, queue) => sum + readyIn(queue), 0),
    deadReady: readyIn(deadLettersOf(name)),
    deadOpen,
    maxLength,
    whenFull,
    ttlMs,
    prefetch,
  };
}
