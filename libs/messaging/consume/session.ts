import type { Channel, ConsumeMessage } from 'amqplib';
import { unreachable } from '#libs/kernel/errors.js';
import type { BrokerConnection } from '../connection.js';
import { Latch, within } from '../latch.js';
import type { Handling, Work } from './handling.js';
import { Turns } from './turns.js';

/** Why a subscription ended. `probed`: the one message that was asked for went through. */
export type SessionEnd = 'lost' | 'unavailable' | 'probed' | 'stopped';

export interface SessionOptions {
  readonly queue: string;
  readonly prefetch: number;
  /** Ends after the first message that finds its dependencies there. */
  readonly probe: boolean;
  /** How long handlers may go on once the subscription has ended. */
  readonly graceMs: number;
}

/** One subscription to a queue, on a channel of its own: from the first delivery to the last acknowledgement. */
export class Session {
  private readonly end = new Latch<SessionEnd>();
  private readonly hurry = new Latch();
  private readonly turns = new Turns();
  private readonly inFlight = new Set<Promise<void>>();
  private ending = false;

  private constructor(
    private readonly channel: Channel,
    private readonly handling: Handling,
    private readonly options: SessionOptions,
  ) {}

  static async open(connection: BrokerConnection, handling: Handling, options: SessionOptions): Promise<Session> {
    const session = new Session(await connection.channel(), handling, options);
    session.channel.on('close', () => session.finish('lost'));
    return session;
  }

  /** Consumes until something ends it, then returns to the queue what was not begun and lets the rest come to its end. */
  async run(): Promise<SessionEnd> {
    const { queue, prefetch } = this.options;
    try {
      await this.channel.prefetch(prefetch);
      const { consumerTag } = await this.channel.consume(queue, (message) => this.deliver(message));
      const end = await this.end.opened;
      if (end !== 'lost') await this.channel.cancel(consumerTag);
      await this.settled();
      if (end !== 'lost') await this.channel.close();
      return end;
    } catch {
      return 'lost'; // the channel broke: the broker delivers again what was not acknowledged
    }
  }

  /** Ends the subscription; from now on handlers have the grace time left. */
  stop(): void {
    this.hurry.open();
    this.finish('stopped');
  }

  private finish(end: SessionEnd): void {
    this.ending = true;
    this.end.open(end);
    if (end === 'lost') this.hurry.open();
  }

  /** Waits for the handlers at work: for as long as they need, unless somebody is in a hurry. */
  private async settled(): Promise<void> {
    const settled = Promise.all(this.inFlight);
    await Promise.race([settled, this.hurry.opened]);
    await within(this.options.graceMs, settled);
  }

  /** The broker sends null when it cancels the subscription, for instance because the queue was deleted. */
  private deliver(message: ConsumeMessage | null): void {
    if (message === null) return this.finish('lost');
    const work = this.handling.read(message);
    const taken = this.turns.take(work.turn, () => this.take(message, work)).finally(() => this.inFlight.delete(taken));
    this.inFlight.add(taken);
  }

  private async take(message: ConsumeMessage, work: Work): Promise<void> {
    const verdict = this.ending ? 'unavailable' : await work.process();
    switch (verdict) {
      case 'done':
        this.answer(() => this.channel.ack(message));
        if (this.options.probe) this.finish('probed');
        return;
      case 'unavailable':
        this.finish('unavailable');
        this.answer(() => this.channel.nack(message, false, true));
        return;
      default:
        unreachable(verdict);
    }
  }

  /** On a channel that has closed there is nothing to answer: the broker delivers the message again. */
  private answer(reply: () => void): void {
    try {
      reply();
    } catch {
      this.finish('lost');
    }
  }
}
