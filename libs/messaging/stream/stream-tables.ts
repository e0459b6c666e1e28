import { sql, type QueryExecutorProvider } from 'kysely';
import { PARTITIONS } from '#libs/contracts/topology.js';

/**
 * Creates what a service needs that reads the streams: who reads which partition, and how far each of its consumers has
 * come. Call it in the service's first migration.
 */
export async function streamTables(db: QueryExecutorProvider): Promise<void> {
  await sql`
    create table stream_workers (
      holder text primary key,
      until timestamptz not null
    )`.execute(db);
  await sql`
    create table stream_leases (
      partition smallint primary key,
      holder text,
      epoch bigint not null default 0,
      until timestamptz not null default '-infinity'
    ) with (fillfactor = 50)`.execute(db);
  await sql`insert into stream_leases (partition) select unnest(${[...PARTITIONS]}::smallint[])`.execute(db);
  await sql`
    create table stream_checkpoints (
      consumer text collate "C" not null,
      partition smallint not null,
      /* Of the last message that was applied. */
      position bigint not null,
      /* That message's event, by which it is known again. */
      anchor uuid,
      /* Of the lease under which it was moved last. */
      epoch bigint not null default 0,
      last_event_at timestamptz,
      lag_p50_ms integer not null default 0,
      lag_p99_ms integer not null default 0,
      /* Why it goes no further. */
      stopped text,
      primary key (consumer, partition)
    ) with (fillfactor = 50)`.execute(db);
  await sql`
    create table stream_oddities (
      partition smallint not null,
      position bigint not null,
      reason text not null,
      body text not null,
      noted_at timestamptz not null default now(),
      primary key (partition, position)
    )`.execute(db);
}
