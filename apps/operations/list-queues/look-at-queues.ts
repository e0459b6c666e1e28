import { Injectable } from '@nestjs/common';
import type { Channel } from 'amqplib';
import { WaybillError } from '#libs/kernel/errors.js';
import type { BrokerConnection } from '#libs/messaging/connection.js';
import { Broker } from '../broker.js';

export interface QueueState {
  /** Messages that are ready to be delivered. */
  readonly ready: number;
  readonly consumers: number;
}

const NOT_FOUND = 404;

/** What the broker says of queues by passive declares, for which a user needs no permission at all. */
@Injectable()
export class LookAtQueues {
  constructor(private readonly broker: Broker) {}

  /**
   * @returns by name, without those that do not exist.
   * @throws WaybillError UNAVAILABLE while the broker is away.
   */
  async execute(names: readonly string[]): Promise<ReadonlyMap<string, QueueState>> {
    const { publishing } = await this.broker.open();
    if (!publishing.connected) throw new WaybillError('UNAVAILABLE', 'The broker cannot be reached; try again later.');
    const looks = new Looks(publishing);
    const states = new Map<string, QueueState>();
    for (const name of names) {
      const state = await looks.at(name);
      if (state) states.set(name, state);
    }
    await looks.end();
    return states;
  }
}

/** The broker closes the channel on which a queue was asked for that does not exist. */
class Looks {
  private channel: Channel | undefined;

  constructor(private readonly connection: BrokerConnection) {}

  async at(name: string): Promise<QueueState | undefined> {
    this.channel ??= await this.connection.channel();
    try {
      const { messageCount, consumerCount } = await this.channel.checkQueue(name);
      return { ready: messageCount, consumers: consumerCount };
    } catch (error) {
      this.channel = undefined;
      if (error instanceof Error && 'code' in error && error.code === NOT_FOUND) return undefined;
      throw new WaybillError('UNAVAILABLE', 'The broker does not answer; try again later.', {}, { cause: error });
    }
  }

  async end(): Promise<void> {
    await this.channel?.close();
  }
}
