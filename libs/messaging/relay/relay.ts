import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Kysely } from 'kysely';
import { LANES } from '#libs/contracts/topology.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { BrokerConnection } from '../connection.js';
import { outboxBacklog, outboxOldest } from '../message-metrics.js';
import { Publisher } from '../publisher.js';
import { Latch, within } from '../latch.js';
import { LaneSender } from './lane-sender.js';
import { OutboxLease } from './lease.js';
import { readBacklog, readBatches } from './outbox-rows.js';

export interface RelayOptions {
  /** The service whose outbox it is. */
  readonly producer: string;
  readonly amqpUrl: string;
  /** For the lease's own connection. */
  readonly databaseUrl: string;
  readonly batch?: number;
  readonly confirmTimeoutMs?: number;
}

const BATCH = 2_000;
const POLL_MS = 1_000;
const GAUGES_MS = 5_000;
const STOP_MS = 2_000;

/**
 * Sends what a service's transactions have appended to its outbox, each message at least once, per subject in order.
 * It works while it holds the service's lease; a broker that is away is waited for, and nothing but the backlog grows.
 */
export class OutboxRelay {
  private readonly lease: OutboxLease;
  private senders: LaneSender[] = [];
  private connection: BrokerConnection | undefined;
  private woken = new Latch();
  private stopping = false;
  private loop: Promise<void> = Promise.resolve();
  private gauges: NodeJS.Timeout | undefined;
  private readonly sending = new Set<Promise<void>>();

  constructor(
    private readonly db: Kysely<never>,
    private readonly options: RelayOptions,
  ) {
    this.lease = new OutboxLease(
      options.databaseUrl,
      `${options.producer}@${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
      () => this.wake(),
    );
  }

  /** To be called after a transaction that appended has committed. Cheap, and never fails. */
  wake(): void {
    this.woken.open();
  }

  /** True in the process whose relay is the active one. */
  get active(): boolean {
    return this.lease.held;
  }

  /** @throws WaybillError UNAVAILABLE while the broker cannot be reached: the outbox fills, nothing is lost. */
  async checkBroker(): Promise<void> {
    if (!this.connection?.connected)
      throw new WaybillError('UNAVAILABLE', 'The broker cannot be reached; messages wait in the outbox');
  }

  async start(): Promise<void> {
    const { amqpUrl, producer, confirmTimeoutMs, batch = BATCH } = this.options;
    const connection = await BrokerConnection.open({ url: amqpUrl, name: `${producer}-outbox` });
    this.connection = connection;
    this.senders = LANES.map(
      (lane) => new LaneSender(lane, this.db, new Publisher(connection, confirmTimeoutMs), this.lease, batch, producer),
    );
    connection.onUsable(() => this.releaseAll());
    this.lease.start();
    this.loop = this.run();
    this.gauges = setInterval(() => void this.refreshGauges(), GAUGES_MS).unref();
  }

  /** Ends after the batches that are on their way; what is left waits in the outbox. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.gauges);
    this.wake();
    await this.loop;
    await within(STOP_MS, Promise.all(this.sending));
    await this.lease.stop();
    await this.connection?.close();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.woken = new Latch();
      if (this.lease.held && this.connection?.usable) await this.sendWhatIsReady();
      await within(this.idleMs(), this.woken.opened);
    }
  }

  private async sendWhatIsReady(): Promise<void> {
    const ready = this.senders.filter((sender) => sender.ready);
    if (ready.length === 0) return;
    try {
      const batches = await readBatches(this.db, ready);
      for (const sender of ready) {
        const rows = batches.get(sender.lane) ?? [];
        if (rows.length > 0) this.track(sender.send(rows));
      }
    } catch (error) {
      logger().warn({ error }, 'the outbox could not be read');
    }
  }

  /** Looks again as soon as a lane is done: more may have come meanwhile. */
  private track(work: Promise<void>): void {
    const tracked = work.finally(() => {
      this.sending.delete(tracked);
      this.wake();
    });
    this.sending.add(tracked);
  }

  private idleMs(): number {
    const retry = Math.min(...this.senders.map(({ waitMs }) => waitMs).filter((ms) => ms > 0));
    return Math.min(POLL_MS, retry);
  }

  private releaseAll(): void {
    for (const sender of this.senders) sender.release();
    this.wake();
  }

  private async refreshGauges(): Promise<void> {
    try {
      for (const { lane, backlog, oldest_seconds } of await readBacklog(this.db)) {
        outboxBacklog.set({ lane }, backlog);
        outboxOldest.set({ lane }, oldest_seconds);
      }
    } catch (error) {
      logger().warn({ error }, 'the size of the outbox could not be read');
    }
  }
}
