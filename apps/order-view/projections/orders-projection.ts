import { sql, type QueryExecutorProvider } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import { evolve } from '#libs/order-log/evolve.js';
import { NOT_PLACED, type Order, type Placed, type Progress } from '#libs/order-log/order.js';
import type { Change, LoggedEvent, Projection } from './projection.js';

/** An order as its customer sees it. */
export interface ViewedOrder extends Order {
  readonly updatedAt: Date;
}

export interface OrderRow {
  readonly id: string;
  readonly version: number;
  readonly placed: Placed;
  readonly progress: Progress;
  readonly updated_at: Date;
}

export const ordersTable = (generation: number) => sql.table(`orders_${generation}`);

export function viewedOrder({ version, placed, progress, updated_at }: OrderRow): ViewedOrder {
  return { kind: 'placed', version, placed, progress, updatedAt: updated_at };
}

/** Orders by customer, newest first. */
export const ordersProjection: Projection<ViewedOrder> = {
  name: 'orders',

  async createTables(db, generation) {
    const table = ordersTable(generation);
    await sql`
      create table ${table} (
        id uuid primary key,
        customer_id text collate "C" not null,
        version integer not null,
        status text not null,
        placed jsonb not null,
        progress jsonb not null,
        updated_at timestamptz not null
      ) with (fillfactor = 70)`.execute(db);
    await sql`create index on ${table} (customer_id, id)`.execute(db);
  },

  async dropTables(db, generation) {
    await sql`drop table if exists ${ordersTable(generation)}`.execute(db);
  },

  async load(db, generation, orderIds) {
    const { rows } = await sql<OrderRow>`
      select id, version, placed, progress, updated_at from ${ordersTable(generation)}
      where id = any(${orderIds}::uuid[])`.execute(db);
    return new Map(rows.map((row) => [row.id, viewedOrder(row)]));
  },

  fold(row, { event, occurredAt }: LoggedEvent) {
    if (row === undefined && event.type !== 'OrderPlaced')
      throw new WaybillError('INTERNAL', `A log cannot begin with ${event.type}`);
    return { ...evolve(row ?? NOT_PLACED, event), updatedAt: occurredAt };
  },

  async write(trx, generation, changes) {
    const fresh = changes.filter(({ before }) => before === undefined);
    const moved = changes.filter(({ before }) => before !== undefined);
    if (fresh.length > 0) await insert(trx, generation, fresh);
    if (moved.length > 0) await update(trx, generation, moved);
  },
};

type Changes = readonly Change<ViewedOrder>[];

async function insert(trx: QueryExecutorProvider, generation: number, changes: Changes): Promise<void> {
  await sql`${sql.raw(`/* insert-orders-${generation} */`)}
    insert into ${ordersTable(generation)} (id, customer_id, version, status, placed, progress, updated_at)
    select * from unnest(
      ${changes.map(({ orderId }) => orderId)}::uuid[], ${changes.map(({ after }) => after.placed.customerId)}::text[],
      ${changes.map(({ after }) => after.version)}::integer[], ${changes.map(({ after }) => after.progress.status)}::text[],
      ${changes.map(({ after }) => JSON.stringify(after.placed))}::jsonb[],
      ${changes.map(({ after }) => JSON.stringify(after.progress))}::jsonb[],
      ${changes.map(({ after }) => after.updatedAt)}::timestamptz[])`.execute(trx);
}

/** What was placed hardly ever changes: only an amended order has it written again. */
async function update(trx: QueryExecutorProvider, generation: number, changes: Changes): Promise<void> {
  await sql`${sql.raw(`/* update-orders-${generation} */`)}
    update ${ordersTable(generation)} kept
    set version = change.version, status = change.status, progress = change.progress, updated_at = change.updated_at,
      placed = coalesce(change.placed, kept.placed)
    from unnest(
      ${changes.map(({ orderId }) => orderId)}::uuid[], ${changes.map(({ after }) => after.version)}::integer[],
      ${changes.map(({ after }) => after.progress.status)}::text[],
      ${changes.map(({ after }) => JSON.stringify(after.progress))}::jsonb[],
      ${changes.map(({ after }) => after.updatedAt)}::timestamptz[],
      ${changes.map(({ before, after }) => (before?.placed === after.placed ? null : JSON.stringify(after.placed)))}::jsonb[]
    ) as change (id, version, status, progress, updated_at, placed)
    where kept.id = change.id`.execute(trx);
}
