import { performance } from 'node:perf_hooks';
import type { Client } from 'pg';
import { PARTITIONS } from '#libs/contracts/topology.js';
import { logger } from '#libs/telemetry/logger.js';
import { LEASE_MS, LeaseRenewal } from '../lease-renewal.js';

/**
 * One statement: says that we are alive; keeps of our partitions what is our share among the living; gives back the rest;
 * takes free ones up to the share. The epoch counts the holders.
 */
const RENEW = `
  with me as (
    insert into stream_workers (holder, until) values ($1, clock_timestamp() + $2 * interval '1 ms')
    on conflict (holder) do update set until = excluded.until
  ),
  gone as (delete from stream_workers where until < clock_timestamp() - interval '1 minute'),
  share as (
    select ceil($3::numeric / (1 + count(*)))::integer as most
    from stream_workers where holder <> $1 and until > clock_timestamp()
  ),
  mine as (
    select partition, row_number() over (order by partition) <= share.most as kept
    from stream_leases, share where holder = $1
  ),
  free as (
    select partition from stream_leases
    where holder is distinct from $1 and until < clock_timestamp()
    order by partition limit (select greatest(0, share.most - (select count(*) from mine)) from share)
    for update skip locked
  )
  update stream_leases lease
  set holder = $1, epoch = lease.epoch + case when lease.holder = $1 then 0 else 1 end,
    until = case when mine.kept is false then '-infinity' else clock_timestamp() + $2 * interval '1 ms' end
  from (select partition, kept from mine union all select partition, null from free) as mine
  where lease.partition = mine.partition and (lease.holder = $1 or lease.until < clock_timestamp())
  returning lease.partition, lease.epoch, lease.until = '-infinity' as given_back`;
const GIVE_BACK = `
  with me as (delete from stream_workers where holder = $1)
  update stream_leases set until = '-infinity', holder = null where holder = $1`;

interface LeaseRow {
  readonly partition: number;
  readonly epoch: string;
  readonly given_back: boolean;
}

/**
 * Which partitions this process reads, and under which epochs: each is read by one process at a time, and they are spread
 * over those that live. What a process writes before it looks whether its time is over is refused by the epoch.
 */
export class PartitionLeases {
  private epochs = new Map<number, number>();
  private validUntil = 0;
  private readonly renewal: LeaseRenewal;

  constructor(
    url: string,
    readonly holder: string,
    private readonly onChange: () => void,
    /** Whether this process can read at all; while it cannot, others have its partitions. */
    private readonly canRead: () => boolean = () => true,
  ) {
    const renew = (client: Client, validUntil: number): Promise<void> =>
      this.canRead() ? this.share(client, validUntil) : this.giveUp(client);
    this.renewal = new LeaseRenewal(url, holder, { of: 'the partitions', renew, giveBack: GIVE_BACK });
  }

  /** By partition, the epoch. */
  get held(): ReadonlyMap<number, number> {
    return performance.now() < this.validUntil ? this.epochs : new Map();
  }

  start(): void {
    this.renewal.start();
  }

  stop(): Promise<void> {
    return this.renewal.stop(() => (this.validUntil = 0));
  }

  private async share(client: Client, validUntil: number): Promise<void> {
    const { rows } = await client.query<LeaseRow>(RENEW, [this.holder, LEASE_MS, PARTITIONS.length]);
    const kept = rows.filter((row) => !row.given_back);
    this.enter(new Map(kept.map(({ partition, epoch }) => [partition, Number(epoch)])), validUntil);
  }

  private async giveUp(client: Client): Promise<void> {
    await client.query(GIVE_BACK, [this.holder]);
    this.enter(new Map(), 0);
  }

  private enter(epochs: Map<number, number>, validUntil: number): void {
    const before = this.held;
    this.epochs = epochs;
    this.validUntil = validUntil;
    const same =
      before.size === epochs.size && [...epochs].every(([partition, epoch]) => before.get(partition) === epoch);
    if (same) return;
    logger().info({ partitions: [...epochs.keys()] }, 'this process reads these partitions from now on');
    this.onChange();
  }
}
