import { sql, type Kysely, type QueryExecutorProvider } from 'kysely';
import type { LoggedOrder } from '#libs/contracts/generated/waybill/orders/v1/order_log.js';
import type { Generation } from '../generations/generations.js';
import { PROJECTIONS } from '../projections/index.js';
import type { Change, Projection, ProjectionName, Row } from '../projections/projection.js';
import { BEGINNING, placeAfter, type LogBatch, type LogPlace, type ReadOrderLog } from '../read-log/read-order-log.js';
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
  readonly cursorVersion: number;
  /** Events that were read before, by this builder or another. */
  readonly eventsRead: number;
}

export interface Conduct {
  readonly signal: AbortSignal;
  /** Called after each batch, with how long it took. */
  readonly rest: (workedMs: number) => Promise<unknown>;
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
    returning builder_epoch as epoch, cursor, cursor_version as "cursorVersion", events_read as "eventsRead"`.execute(
    db,
  );
  return rows[0];
}

/**
 * Fills a generation from the log of orders, in the order of their ids. What was written stands with the cursor in one
 * transaction, so that another process can go on where this one ended.
 * @throws BuildLost; UnreadableLog; WaybillError while orders cannot be asked
 */
export async function readIntoGeneration(
  db: Kysely<never>,
  log: ReadOrderLog,
  { projection, generation }: { readonly projection: ProjectionName; readonly generation: number },
  { epoch, cursor, cursorVersion }: Claimed,
  { signal, rest }: Conduct,
): Promise<void> {
  let last = cursor === null ? BEGINNING : { orderId: cursor, version: cursorVersion };
  for await (const batch of ahead(log.from(last, signal))) {
    const began = performance.now();
    last = await writeBatch(db, PROJECTIONS[projection], { generation, epoch, last }, batch);
    await rest(performance.now() - began);
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
  readonly last: LogPlace;
}

async function writeBatch(
  db: Kysely<never>,
  projection: Projection,
  { generation, epoch, last }: Place,
  batch: LogBatch,
): Promise<LogPlace> {
  const { orders, toCome } = batch;
  const goneOn = orders.flatMap(whereGoneOn);
  const begun = goneOn.length > 0 ? await projection.load(db, generation, goneOn) : new Map<string, Row>();
  const changes = orders.flatMap((order) => foldOn(projection, begun.get(order.orderId), order) ?? []);
  const next = placeAfter(batch, last);
  const events = changes.reduce((sum, change) => sum + change.events.length, 0);
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql`
      with relaxed as materialized (select set_config('synchronous_commit', 'off', true) as setting)
      update projection_generations
      set cursor = ${next.orderId || null}, cursor_version = ${next.version}, events_read = events_read + ${events},
        orders_read = orders_read + ${orders.length - begun.size},
        orders_total = case when ${toCome} > 0 then orders_read + ${toCome} else orders_total end,
        builder_until = now() + ${CLAIM_MS} * interval '1 ms'
      from relaxed
      where projection = ${projection.name} and generation = ${generation} and builder_epoch = ${epoch}
        and state = 'reading' and cursor is not distinct from ${last.orderId || null} and cursor_version = ${last.version}
        and relaxed.setting is not null
      returning 1`.execute(trx);
    if (rows.length === 0) throw new BuildLost('Another process builds this generation, or nobody needs it any more');
    if (changes.length > 0) await projection.write(trx, generation, changes);
  });
  return next;
}

/** Its log came in parts, and an earlier one is written already. */
function whereGoneOn({ orderId, events }: LoggedOrder): string[] {
  return (events[0]?.version ?? 0) > 1 ? [orderId] : [];
}

/**
 * Undefined: all of it is written already. It is told again where a release that knew no versions has moved the cursor on:
 * the version beside it is another order's then.
 */
function foldOn(
  projection: Projection,
  before: Row | undefined,
  { orderId, events: wire }: LoggedOrder,
): Change<Row> | undefined {
  const written = before?.version ?? 0;
  const events = wire.filter(({ version }) => version > written).map((event) => loggedEvent(orderId, event));
  const [first, ...rest] = events;
  if (!first) return undefined;
  if (first.version !== written + 1)
    throw new BuildLost(`The log of order ${orderId} does not go on where it was read to`);
  const after = rest.reduce((row, event) => projection.fold(row, event), projection.fold(before, first));
  return { orderId, before, after, events };
}
