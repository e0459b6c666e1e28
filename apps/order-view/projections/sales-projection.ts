import { sql, type QueryExecutorProvider } from 'kysely';
import { partitionOf } from '#libs/contracts/topology.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { Change, LoggedEvent, Projection, Row } from './projection.js';

/** What an order's lines count as. */
type Standing = 'ordered' | 'sold' | 'undone';

interface SoldLine {
  readonly sku: string;
  readonly quantity: number;
  readonly amount: number;
  readonly currency: string;
}

interface SalesRow extends Row {
  readonly standing: Standing;
  /** Of placing. */
  readonly hour: Date;
  readonly lines: readonly SoldLine[];
}

/** What orders add to the figures of one SKU in one hour. */
interface Figures {
  readonly partition: number;
  readonly hour: Date;
  readonly sku: string;
  readonly currency: string;
  ordered: number;
  sold: number;
  undone: number;
  revenue: number;
}

const HOUR_MS = 3_600_000;

const salesOrdersTable = (generation: number) => sql.table(`sales_orders_${generation}`);
export const salesTable = (generation: number) => sql.table(`sales_${generation}`);

/**
 * Units and revenue per SKU and hour of placing. Each partition has figures of its own, so that those who apply different
 * partitions never wait for each other; they are added up when they are read.
 */
export const salesProjection: Projection<SalesRow> = {
  name: 'sales',

  async createTables(db, generation) {
    await sql`
      create table ${salesOrdersTable(generation)} (
        order_id uuid primary key,
        version integer not null,
        standing text not null,
        hour timestamptz not null,
        lines jsonb not null
      ) with (fillfactor = 70)`.execute(db);
    await sql`
      create table ${salesTable(generation)} (
        hour timestamptz not null,
        sku text collate "C" not null,
        currency text not null,
        partition smallint not null,
        ordered bigint not null,
        sold bigint not null,
        undone bigint not null,
        revenue bigint not null,
        primary key (hour, sku, currency, partition)
      ) with (fillfactor = 50)`.execute(db);
  },

  async dropTables(db, generation) {
    await sql`drop table if exists ${salesOrdersTable(generation)}, ${salesTable(generation)}`.execute(db);
  },

  async load(db, generation, orderIds) {
    const { rows } = await sql<SalesRow & { order_id: string }>`
      select order_id, version, standing, hour, lines from ${salesOrdersTable(generation)}
      where order_id = any(${orderIds}::uuid[])`.execute(db);
    return new Map(rows.map(({ order_id, ...row }) => [order_id, row]));
  },

  fold(row, { version, event }: LoggedEvent) {
    if (event.type === 'OrderPlaced') return placed(event.data, version);
    if (row === undefined) throw new WaybillError('INTERNAL', `A log cannot begin with ${event.type}`);
    if (event.type === 'AmendApplied') return { ...row, version, lines: linesOf(event.data.items) };
    if (event.type === 'OrderConfirmed') return { ...row, version, standing: 'sold' };
    if (event.type === 'OrderRejected' || event.type === 'OrderCancelled')
      return { ...row, version, standing: 'undone' };
    return { ...row, version };
  },

  async write(trx, generation, changes) {
    const fresh = changes.filter(({ before }) => before === undefined);
    const moved = changes.filter(({ before }) => before !== undefined);
    if (fresh.length > 0) await insert(trx, generation, fresh);
    if (moved.length > 0) await update(trx, generation, moved);
    const figures = figuresOf(changes);
    if (figures.length > 0) await add(trx, generation, figures);
  },
};

type Placed = Extract<LoggedEvent['event'], { type: 'OrderPlaced' }>['data'];

function placed({ placedAt, items }: Placed, version: number): SalesRow {
  return {
    version,
    standing: 'ordered',
    hour: new Date(Math.floor(Date.parse(placedAt) / HOUR_MS) * HOUR_MS),
    lines: linesOf(items),
  };
}

function linesOf(items: Placed['items']): readonly SoldLine[] {
  return items.map(({ sku, quantity, lineTotal }) => ({ sku, quantity, ...lineTotal }));
}

/** What a batch of changes adds, once per SKU, hour and partition, in the order of their keys: so no two writers deadlock. */
function figuresOf(changes: readonly Change<SalesRow>[]): Figures[] {
  const sums = new Map<string, Figures>();
  for (const { orderId, before, after } of changes) {
    if (before?.standing === after.standing && before.lines === after.lines) continue;
    const partition = partitionOf(orderId);
    if (before) count(sums, partition, before, -1);
    count(sums, partition, after, 1);
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, figures]) => figures);
}

function count(sums: Map<string, Figures>, partition: number, { hour, lines, standing }: SalesRow, sign: 1 | -1): void {
  for (const { sku, quantity, amount, currency } of lines) {
    const key = `${hour.getTime()} ${sku} ${currency} ${partition}`;
    const sum = sums.get(key) ?? { partition, hour, sku, currency, ordered: 0, sold: 0, undone: 0, revenue: 0 };
    sums.set(key, sum);
    sum.ordered += sign * quantity;
    if (standing === 'sold') sum.sold += sign * quantity;
    if (standing === 'sold') sum.revenue += sign * amount;
    if (standing === 'undone') sum.undone += sign * quantity;
  }
}

type Changes = readonly Change<SalesRow>[];

async function insert(trx: QueryExecutorProvider, generation: number, changes: Changes): Promise<void> {
  await sql`${sql.raw(`/* insert-sales-${generation} */`)}
    insert into ${salesOrdersTable(generation)} (order_id, version, standing, hour, lines)
    select * from unnest(
      ${changes.map(({ orderId }) => orderId)}::uuid[], ${changes.map(({ after }) => after.version)}::integer[],
      ${changes.map(({ after }) => after.standing)}::text[], ${changes.map(({ after }) => after.hour)}::timestamptz[],
      ${changes.map(({ after }) => JSON.stringify(after.lines))}::jsonb[])`.execute(trx);
}

async function update(trx: QueryExecutorProvider, generation: number, changes: Changes): Promise<void> {
  await sql`${sql.raw(`/* update-sales-${generation} */`)}
    update ${salesOrdersTable(generation)} kept
    set version = change.version, standing = change.standing, lines = coalesce(change.lines, kept.lines)
    from unnest(
      ${changes.map(({ orderId }) => orderId)}::uuid[], ${changes.map(({ after }) => after.version)}::integer[],
      ${changes.map(({ after }) => after.standing)}::text[],
      ${changes.map(({ before, after }) => (before?.lines === after.lines ? null : JSON.stringify(after.lines)))}::jsonb[]
    ) as change (order_id, version, standing, lines)
    where kept.order_id = change.order_id`.execute(trx);
}

async function add(trx: QueryExecutorProvider, generation: number, figures: readonly Figures[]): Promise<void> {
  await sql`${sql.raw(`/* add-sales-${generation} */`)}
    insert into ${salesTable(generation)} as kept (hour, sku, currency, partition, ordered, sold, undone, revenue)
    select * from unnest(
      ${figures.map(({ hour }) => hour)}::timestamptz[], ${figures.map(({ sku }) => sku)}::text[],
      ${figures.map(({ currency }) => currency)}::text[], ${figures.map(({ partition }) => partition)}::smallint[],
      ${figures.map(({ ordered }) => ordered)}::bigint[], ${figures.map(({ sold }) => sold)}::bigint[],
      ${figures.map(({ undone }) => undone)}::bigint[], ${figures.map(({ revenue }) => revenue)}::bigint[])
    on conflict (hour, sku, currency, partition) do update set
      ordered = kept.ordered + excluded.ordered, sold = kept.sold + excluded.sold,
      undone = kept.undone + excluded.undone, revenue = kept.revenue + excluded.revenue`.execute(trx);
}
