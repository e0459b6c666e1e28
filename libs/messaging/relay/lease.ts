import { performance } from 'node:perf_hooks';
import type { Client } from 'pg';
import { logger } from '#libs/telemetry/logger.js';
import { LEASE_MS, LeaseRenewal } from '../lease-renewal.js';
import { outboxLeader } from '../message-metrics.js';

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

/** The right to send a service's outbox: at most one of its processes has it. */
export class OutboxLease {
  private validUntil = 0;
  private readonly renewal: LeaseRenewal;

  constructor(
    url: string,
    private readonly holder: string,
    private readonly onTaken: () => void,
  ) {
    const renew = (client: Client, validUntil: number): Promise<void> => this.take(client, validUntil);
    this.renewal = new LeaseRenewal(url, holder, { of: 'the outbox', renew, giveBack: GIVE_BACK });
  }

  get held(): boolean {
    return performance.now() < this.validUntil;
  }

  start(): void {
    this.renewal.start();
  }

  stop(): Promise<void> {
    return this.renewal.stop(() => this.enter(0));
  }

  private async take(client: Client, validUntil: number): Promise<void> {
    const { rowCount } = await client.query(TAKE, [this.holder, LEASE_MS]);
    this.enter(rowCount === 1 ? validUntil : 0);
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
}
