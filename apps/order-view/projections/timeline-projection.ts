import { sql, type QueryExecutorProvider } from 'kysely';
import type { TimelineEntry } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { timelineEntry } from '#libs/order-log/timeline-entry.js';
import type { Change, LoggedEvent, Projection, Row } from './projection.js';

/** The entries themselves are only ever added to: they are not read again. */
interface TimelineRow extends Row {
  readonly customerId: string;
}

/** As it is kept: `at` as ISO 8601. */
export type KeptEntry = Omit<TimelineEntry, 'at'> & { readonly at: string };

export const timelineTable = (generation: number) => sql.table(`timeline_${generation}`);

/** One row per order, its entries in the order of the log: one for each event. */
export const timelineProjection: Projection<TimelineRow> = {
  name: 'timeline',

  async createTables(db, generation) {
    await sql`
      create table ${timelineTable(generation)} (
        order_id uuid primary key,
        customer_id text collate "C" not null,
        version integer not null,
        entries jsonb not null
      ) with (fillfactor = 50)`.execute(db);
  },

  async dropTables(db, generation) {
    await sql`drop table if exists ${timelineTable(generation)}`.execute(db);
  },

  async load(db, generation, orderIds) {
    const { rows } = await sql<TimelineRow & { order_id: string }>`
      select order_id, version, customer_id as "customerId" from ${timelineTable(generation)}
      where order_id = any(${orderIds}::uuid[])`.execute(db);
    return new Map(rows.map(({ order_id, version, customerId }) => [order_id, { version, customerId }]));
  },

  fold(row, { version, event }: LoggedEvent) {
    if (row) return { ...row, version };
    if (event.type === 'OrderPlaced') return { version, customerId: event.data.customerId };
    throw new WaybillError('INTERNAL', `A log cannot begin with ${event.type}`);
  },

  async write(trx, generation, changes) {
    const fresh = changes.filter(({ before }) => before === undefined);
    const moved = changes.filter(({ before }) => before !== undefined);
    if (fresh.length > 0) await insert(trx, generation, fresh);
    if (moved.length > 0) await append(trx, generation, moved);
  },
};

type Changes = readonly Change<TimelineRow>[];

const entriesOf = ({ events }: Change<TimelineRow>): string =>
  JSON.stringify(events.map(({ event, occurredAt }) => timelineEntry(event, occurredAt)));

async function insert(trx: QueryExecutorProvider, generation: number, changes: Changes): Promise<void> {
  await sql`${sql.raw(`/* insert-timeline-${generation} */`)}
    insert into ${timelineTable(generation)} (order_id, customer_id, version, entries)
    select * from unnest(
      ${changes.map(({ orderId }) => orderId)}::uuid[], ${changes.map(({ after }) => after.customerId)}::text[],
      ${changes.map(({ after }) => after.version)}::integer[], ${changes.map(entriesOf)}::jsonb[])`.execute(trx);
}

async function append(trx: QueryExecutorProvider, generation: number, changes: Changes): Promise<void> {
  await sql`${sql.raw(`/* append-timeline-${generation} */`)}
    update ${timelineTable(generation)} kept
    set version = change.version, entries = kept.entries || change.entries
    from unnest(
      ${changes.map(({ orderId }) => orderId)}::uuid[], ${changes.map(({ after }) => after.version)}::integer[],
      ${changes.map(entriesOf)}::jsonb[]
    ) as change (order_id, version, entries)
    where kept.order_id = change.order_id`.execute(trx);
}
