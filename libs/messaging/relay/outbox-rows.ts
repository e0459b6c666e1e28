import { sql, type QueryExecutorProvider } from 'kysely';
import { copiesOf, destinationOf, LANES, type Lane } from '#libs/contracts/topology.js';
import type { OutgoingMessage } from '../publisher.js';

export interface OutboxRow {
  readonly lane: Lane;
  readonly seq: number;
  readonly message_id: string;
  readonly subject: string;
  readonly routing_key: string;
  readonly priority: number | null;
  readonly envelope: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How many messages of a lane are wanted. */
export interface BatchWanted {
  readonly lane: Lane;
  readonly limit: number;
}

/** The oldest messages of each lane, in the order they were appended. */
export async function readBatches(
  db: QueryExecutorProvider,
  wanted: readonly BatchWanted[],
): Promise<Map<Lane, OutboxRow[]>> {
  const { rows } = await sql<OutboxRow>`
    select message.lane, message.seq, message.message_id, message.subject, message.routing_key, message.priority,
           message.envelope, message.headers
    from unnest(${wanted.map(({ lane }) => lane)}::text[], ${wanted.map(({ limit }) => limit)}::bigint[]) as wanted (lane, most)
    cross join lateral (select * from outbox where outbox.lane = wanted.lane order by seq limit wanted.most) as message
    order by message.lane, message.seq`.execute(db);
  return new Map(wanted.map(({ lane }) => [lane, rows.filter((row) => row.lane === lane)]));
}

/** Removes what the broker has confirmed. */
export async function removeRows(db: QueryExecutorProvider, lane: Lane, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`delete from outbox where lane = ${lane} and seq = any(${rows.map(({ seq }) => seq)}::bigint[])`.execute(db);
}

export interface LaneBacklog {
  readonly lane: Lane;
  readonly backlog: number;
  readonly oldest_seconds: number;
}

export async function readBacklog(db: QueryExecutorProvider): Promise<LaneBacklog[]> {
  const { rows } = await sql<LaneBacklog>`
    select wanted.lane, count(seq) as backlog,
           coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds
    from unnest(${[...LANES]}::text[]) as wanted (lane) left join outbox using (lane)
    group by wanted.lane`.execute(db);
  return rows;
}

export function toMessage(row: OutboxRow, producer: string): OutgoingMessage {
  return {
    ...destinationOf(row.lane),
    routingKey: row.routing_key,
    messageId: row.message_id,
    body: row.envelope,
    headers: { ...row.headers, ...copiesOf(row.lane, producer, row.subject) },
    ...(row.priority !== null && { priority: row.priority }),
  };
}
