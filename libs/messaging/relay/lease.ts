import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { logger } from '#libs/telemetry/logger.js';
import { outboxLeader } from '../message-metrics.js';

export const LEASE_MS = 5_000;
const RENEW_MS = 1_000;
/** The holder stops this long before others may start: their clocks and ours need not agree on the last moments. */
const MARGIN_MS = 500;

/** Taken by whoever finds it free or expired, renewed by its holder only. The epoch counts the holders. */
const TAKE = `
  insert into outbox_lease as lease (holder, epoch, until)
  values ($1, 1, clock_timestamp() + $2 * interval '1 ms')
  on conflict (only_row) do update
    set holder = excluded.holder, until = excluded.until,
        epoch = lease.epoch + case when lease.holder = excluded.holder then 0 else 1 end
    where lease.holder = excluded.holder or lease.until < clock_timestamp()
  returning epoch`;
const GIVE_BACK = `update outbox_lease set until = clock_timestamp() where holder = $1`;

/**
 * The right to send a service's outbox: at most one of its processes has it.
 * On a connection of its own, so that a busy pool never costs the lease. Validity is measured on this process's monotonic clock
 * from before the renewal was asked for, so a process that was paused knows at once that its time is over.
 */
export class OutboxLease {
  private validUntil = 0;
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private renewal: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly url: string,
    private readonly holder: string,
    private readonly onTaken: () => void,
  ) {}

  get held(): boolean {
    return performance.now() < this.validUntil;
  }

  start(): void {
    this.renewal = this.renew();
  }

  /** Gives the lease back, so that another process need not wait for its end. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.renewal;
    this.enter(0);
    await this.client?.query(GIVE_BACK, [this.holder]).catch(() => undefined); // then it expires by itself
    await this.client?.end().catch(() => undefined);
  }

  private async renew(): Promise<void> {
    const asked = performance.now();
    try {
      const { rowCount } = await (await this.connected()).query(TAKE, [this.holder, LEASE_MS]);
      this.enter(rowCount === 1 ? asked + LEASE_MS - MARGIN_MS : 0);
    } catch (error) {
      // Until it expires the lease is still ours; the next renewal opens a new connection.
      logger().warn({ error }, 'the outbox lease could not be renewed');
      this.drop();
    }
    if (!this.stopped) this.timer = setTimeout(() => this.start(), RENEW_MS);
  }

  private enter(validUntil: number): void {
    const before = this.held;
    this.validUntil = validUntil;
    outboxLeader.set(this.held ? 1 : 0);
    if (!before && this.held) {
      logger().info({ holder: this.holder }, 'this process sends the outbox from now on');
      this.onTaken();
    }
  }

  private async connected(): Promise<Client> {
    if (this.client) return this.client;
    const client = new Client({
      connectionString: this.url,
      application_name: `waybill-lease-${this.holder}`.slice(0, 63),
      connectionTimeoutMillis: 2_000,
      query_timeout: 2_000,
      statement_timeout: 2_000,
      keepAlive: true,
    });
    this.client = client;
    client.on('error', () => this.drop()); // noticed and said by the next renewal
    await client.connect();
    return client;
  }

  private drop(): void {
    const broken = this.client;
    this.client = undefined;
    broken?.end().catch(() => undefined); // already broken
  }
}
