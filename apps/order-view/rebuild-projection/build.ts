import { sql, type Kysely, type QueryExecutorProvider } from 'kysely';
import type { LoggedOrder } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import type { Generation } from '../generations/generations.js';
import { PROJECTIONS } from '../projections/index.js';
import type { Change, Projection, ProjectionName, Row } from '../projections/projection.js';
import type { LogBatch, ReadOrderLog } from '../read-log/read-order-log.js';
import { loggedEvent } from '../read-log/logged-events.js';

/** How long a builder may be silent before another one takes its place. */
const CLAIM_MS = 15_000;

/** Another process builds this generation by now, or it is not wanted any more. */
export class BuildLost extends Error {
  override readonly name = 'BuildLost';
}

interface Claimed {
  readonly epoch: number;
  readonly cursor: string | null;
  /** Events that were read before, by this builder or another. */
  readonly eventsRead: number;
}

/** Undefined while another process builds it. */
export async function claimBuild(
  db: QueryExecutorProvider,
  { projection, generation }: Pick<Generation, 'projection' | 'generation'>,
  builder: string,
): Promise<Claimed | undefined> {
  const { rows } = await sql<Claimed>`
    update projection_generations
    set builder = ${builder}, builder_epoch = builder_epoch + 1, builder_until = now() + ${CLAIM_MS} * interval '1 ms'
    where projection = ${projection} and generation = ${generation} and state in ('reading', 'joining')
      and (builder_until < now() or builder = ${builder})
    returning builder_epoch as epoch, cursor, events_read as "eventsRead"`.execute(db);
  return rows[0];
}

/**
 * Fills a generation from the log of orders, whole orders at a time. What was written stands with the cursor in one
 * transaction, so that another process can go on where this one ended.
 * @throws BuildLost; UnreadableLog; WaybillError while orders cannot be asked
 */
export async function readIntoGeneration(
  db: Kysely<never>,
  log: ReadOrderLog,
  { projection, generation }: { readonly projection: ProjectionName; readonly generation: number },
  { epoch, cursor }: Claimed,
  signal: AbortSignal,
): Promise<void> {
  let last = cursor;
  for await (const batch of ahead(log.from(cursor ?? '', signal))) {
    last = await writeBatch(db, PROJECTIONS[projection], { generation, epoch, last }, batch);
  }
  if (signal.aborted) throw new BuildLost('This process stops');
}

/** Asks for the next batch while one is being written: two processes and the database work at the same time. */
async function* ahead<Value>(source: AsyncGenerator<Value>): AsyncGenerator<Value> {
  try {
    let next = source.next();
    for (;;) {
      const result = await next;
      if (result.done === true) return;
      next = source.next();
      next.catch(() => undefined); // thrown where it is awaited
      yield result.value;
    }
  } finally {
    await source.return(undefined);
  }
}

interface Place {
  readonly generation: number;
  readonly epoch: number;
  readonly last: string | null;
}

async function writeBatch(
  db: Kysely<never>,
  projection: Projection,
  { generation, epoch, last }: Place,
  { orders, toCome }: LogBatch,
): Promise<string | null> {
  const changes = orders.map((order) => foldWhole(projection, order));
  const next = orders.at(-1)?.orderId ?? last;
  const events = changes.reduce((sum, change) => sum + change.events.length, 0);
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql`
      with relaxed as materialized (select set_config('synchronous_commit', 'off', true) as setting)
      update projection_generations
      set cursor = ${next}, orders_read = orders_read + ${orders.length}, events_read = events_read + ${events},
        orders_total = case when ${toCome} > 0 then orders_read + ${toCome} else orders_total end,
        builder_until = now() + ${CLAIM_MS} * interval '1 ms'
      from relaxed
      where projection = ${projection.name} and generation = ${generation} and builder_epoch = ${epoch}
        and state = 'reading' and cursor is not distinct from ${last} and relaxed.setting is not null
      returning 1`.execute(trx);
    if (rows.length === 0) throw new BuildLost('Another process builds this generation, or nobody needs it any more');
    if (changes.length > 0) await projection.write(trx, generation, changes);
  });
  return next;
}

function foldWhole(projection: Projection, { orderId, events: wire }: LoggedOrder): Change<Row> {
  const events = wire.map((event) => loggedEvent(orderId, event));
  const [first, ...rest] = events;
  if (first === undefined) throw new BuildLost(`The log of order ${orderId} came without events`);
  const after = rest.reduce((row, event) => projection.fold(row, event), projection.fold(undefined, first));
  return { orderId, before: undefined, after, events };
}
