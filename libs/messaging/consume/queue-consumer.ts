import { unreachable } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import type { BrokerConnection } from '../connection.js';
import { Latch, within } from '../latch.js';
import { consumerPaused } from '../message-metrics.js';
import type { Handling } from './handling.js';
import { Session, type SessionEnd } from './session.js';

/** How long a queue waits before it probes again: while a dependency is away, and after the broker was. */
const FIRST_PROBE_MS = 1_000;
const LAST_PROBE_MS = 5_000;
const RESUBSCRIBE_MS = 200;

/**
 * Consumes one queue for as long as the service runs: subscribed, or waiting for a dependency and probing it with one message
 * at a time until one goes through.
 */
export class QueueConsumer {
  private readonly stopping = new Latch();
  private stopped = false;
  private session: Session | undefined;
  private waitMs = 0;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly queue: string,
    private readonly prefetch: number,
    private readonly connection: BrokerConnection,
    private readonly handling: Handling,
    private readonly graceMs: number,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  /** Takes nothing more, and waits for the handlers that are at work; what they do not finish in time goes back to the queue. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stopping.open();
    this.session?.stop();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const end = await this.consume();
      switch (end) {
        case 'unavailable':
          await this.waitForDependency();
          break;
        case 'probed':
          this.resume();
          break;
        case 'lost':
          await this.pause(RESUBSCRIBE_MS);
          await this.connection.redeclare();
          break;
        case 'stopped':
          return;
        default:
          unreachable(end);
      }
    }
  }

  private async consume(): Promise<SessionEnd> {
    const probe = this.waitMs > 0;
    const prefetch = probe ? 1 : this.prefetch;
    const opening = Session.open(this.connection, this.handling, {
      queue: this.queue,
      prefetch,
      probe,
      graceMs: this.graceMs,
    });
    // While the broker is away the opening waits; a stop does not wait for it.
    const opened = await Promise.race([opening.catch(() => undefined), this.stopping.opened]);
    if (!opened) return this.stopped ? 'stopped' : 'lost';
    this.session = opened;
    if (this.stopped) opened.stop();
    return opened.run();
  }

  private async waitForDependency(): Promise<void> {
    this.waitMs = this.waitMs === 0 ? FIRST_PROBE_MS : Math.min(this.waitMs * 2, LAST_PROBE_MS);
    consumerPaused.set({ queue: this.queue }, 1);
    logger().warn({ queue: this.queue, waitMs: this.waitMs }, 'a dependency is away: the queue waits');
    await this.pause(this.waitMs);
  }

  private resume(): void {
    this.waitMs = 0;
    consumerPaused.set({ queue: this.queue }, 0);
    logger().info({ queue: this.queue }, 'the dependency is back: the queue goes on');
  }

  private async pause(ms: number): Promise<void> {
    await within(ms, this.stopping.opened);
  }
}
