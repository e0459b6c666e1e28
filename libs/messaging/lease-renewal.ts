import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { logger } from '#libs/telemetry/logger.js';

export const LEASE_MS = 5_000;
const RENEW_MS = 1_000;
/** The holder stops this long before others may start: their clocks and ours need not agree on the last moments. */
const MARGIN_MS = 500;
/** Longest that connecting or one statement may take. */
const PATIENCE_MS = 2_000;

export interface LeaseStatements {
  /** What the lease is of, for the log. */
  readonly of: string;
  /** Asks for LEASE_MS more. What it is given holds until `validUntil` of `performance.now()`. */
  readonly renew: (client: Client, validUntil: number) => Promise<void>;
  /** Frees whatever `$1`, the holder, has. */
  readonly giveBack: string;
}

/**
 * Renews a lease each second, on a connection of its own, so that a busy pool never costs it. Validity is measured on this
 * process's monotonic clock from before the renewal was asked for, so a process that was paused knows at once that its time
 * is over.
 */
export class LeaseRenewal {
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private renewal: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly url: string,
    private readonly holder: string,
    private readonly lease: LeaseStatements,
  ) {}

  start(): void {
    this.renewal = this.renew();
  }

  /** Gives the lease back, so that others need not wait for its end; calls `before` once no renewal is under way. */
  async stop(before: () => void): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.renewal;
    before();
    await this.client?.query(this.lease.giveBack, [this.holder]).catch(() => undefined); // then it expires by itself
    await this.client?.end().catch(() => undefined);
  }

  private async renew(): Promise<void> {
    const asked = performance.now();
    try {
      await this.lease.renew(await this.connected(), asked + LEASE_MS - MARGIN_MS);
    } catch (error) {
      // Until it expires the lease is still ours; the next renewal opens a new connection.
      logger().warn({ error, lease: this.lease.of }, 'a lease could not be renewed');
      this.drop();
    }
    if (!this.stopped) this.timer = setTimeout(() => this.start(), RENEW_MS);
  }

  private async connected(): Promise<Client> {
    if (this.client) return this.client;
    const client = new Client({
      connectionString: this.url,
      application_name: `waybill-lease-${this.holder}`.slice(0, 63),
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
      statement_timeout: PATIENCE_MS,
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
