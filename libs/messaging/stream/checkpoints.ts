import { sql, type QueryExecutorProvider } from 'kysely';

/** How far a consumer has come in a partition. */
export interface Checkpoint {
  readonly consumer: string;
  readonly partition: number;
  /** Of the last message that was applied; -1 before the first one. */
  readonly position: number;
  /** The event of that message; null where the consumer joined the stream without having read it. */
  readonly anchor: string | null;
}

export interface Move {
  readonly consumer: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly anchor: string | null;
  /** Of the lease under which the partition was read. */
  readonly epoch: number;
  readonly lastEventAt: string | null;
}

/** Somebody else reads the partition by now, or the consumer is gone: what rests on the old checkpoint must not be written. */
export class CheckpointLost extends Error {
  override readonly name = 'CheckpointLost';
}

/**
 * Marks the checkpoints of a partition as this lease's: from here on whoever held it before can move none of them.
 * @returns them, as that one has left them. One that stands under a younger lease is not among them.
 */
export async function stampCheckpoints(
  db: QueryExecutorProvider,
  partition: number,
  epoch: number,
): Promise<readonly Checkpoint[]> {
  const { rows } = await sql<Checkpoint>`
    update stream_checkpoints set epoch = ${epoch} where partition = ${partition} and epoch <= ${epoch}
    returning consumer, partition, position, anchor`.execute(db);
  return rows;
}

/** The checkpoints of these partitions, as they stand. */
export async function readCheckpoints(
  db: QueryExecutorProvider,
  partitions: readonly number[],
): Promise<readonly Checkpoint[]> {
  const { rows } = await sql<Checkpoint>`
    select consumer, partition, position, anchor from stream_checkpoints
    where partition = any(${[...partitions]}::smallint[])`.execute(db);
  return rows;
}

/**
 * Moves checkpoints in the transaction that writes what follows from the messages in between; all of them, or none. To be called first: it locks
 * them, so that nobody who took the partition over meanwhile reads a state that is about to change.
 *
 * The transaction does not wait for the disk: after a crash of the database it is missing as a whole, and is done anew by whoever compares the checkpoints with what it remembers.
 * @throws CheckpointLost
 */
export async function moveCheckpoints(
  trx: QueryExecutorProvider,
  moves: readonly Move[],
  lag: { readonly p50: number; readonly p99: number },
): Promise<void> {
  const { rows } = await sql`/* move-checkpoints */
    with relaxed as materialized (select set_config('synchronous_commit', 'off', true) as setting)
    update stream_checkpoints checkpoint
    set position = move.to_position, anchor = move.anchor, stopped = null,
      last_event_at = coalesce(move.last_event_at, checkpoint.last_event_at),
      lag_p50_ms = ${lag.p50}::integer, lag_p99_ms = ${lag.p99}::integer
    from relaxed, unnest(
      ${moves.map(({ consumer }) => consumer)}::text[], ${moves.map(({ partition }) => partition)}::smallint[],
      ${moves.map(({ from }) => from)}::bigint[], ${moves.map(({ to }) => to)}::bigint[],
      ${moves.map(({ anchor }) => anchor)}::uuid[], ${moves.map(({ epoch }) => epoch)}::bigint[],
      ${moves.map(({ lastEventAt }) => lastEventAt)}::timestamptz[]
    ) as move (consumer, partition, from_position, to_position, anchor, epoch, last_event_at)
    where checkpoint.consumer = move.consumer and checkpoint.partition = move.partition
      and checkpoint.position = move.from_position and checkpoint.epoch = move.epoch and relaxed.setting is not null
    returning 1`.execute(trx);
  if (rows.length < moves.length)
    throw new CheckpointLost('The partitions are read by somebody else now, or by another generation');
}

/** Has a consumer begin at the beginning of a partition: its stream is another one. */
export async function resetCheckpoint(
  db: QueryExecutorProvider,
  { consumer, partition }: Pick<Checkpoint, 'consumer' | 'partition'>,
  epoch: number,
): Promise<void> {
  await sql`
    update stream_checkpoints set position = -1, anchor = null
    where consumer = ${consumer} and partition = ${partition} and epoch = ${epoch}`.execute(db);
}

/** Says why a consumer goes no further in a partition. */
export async function markStopped(
  db: QueryExecutorProvider,
  { consumer, partition }: Pick<Checkpoint, 'consumer' | 'partition'>,
  epoch: number,
  reason: string,
): Promise<void> {
  await sql`
    update stream_checkpoints set stopped = ${reason}
    where consumer = ${consumer} and partition = ${partition} and epoch = ${epoch}`.execute(db);
}

/** Keeps what was found in a stream and is no event of an order of that partition. */
export async function noteOddities(
  trx: QueryExecutorProvider,
  oddities: readonly { partition: number; position: number; reason: string; body: string }[],
): Promise<void> {
  if (oddities.length === 0) return;
  await sql`
    insert into stream_oddities (partition, position, reason, body)
    select * from unnest(
      ${oddities.map(({ partition }) => partition)}::smallint[], ${oddities.map(({ position }) => position)}::bigint[],
      ${oddities.map(({ reason }) => keepable(reason))}::text[], ${oddities.map(({ body }) => keepable(body))}::text[])
    on conflict do nothing`.execute(trx);
}

const MOST_KEPT = 4_000;

/** The database takes no NUL in a text. */
function keepable(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, MOST_KEPT);
}
