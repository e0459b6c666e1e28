import { sql } from 'kysely';
import { evolve } from '#libs/order-log/evolve.js';
import { NOT_PLACED, type OrderState, type Placed } from '#libs/order-log/order.js';
import { timelineEntry } from '#libs/order-log/timeline-entry.js';
import type { ViewFixture } from './view-fixture.js';

type Shown = Readonly<Record<string, unknown>>;

/** What the live generations hold, and what they should: the log, folded. */
export async function shown({ database: { db } }: ViewFixture): Promise<Shown> {
  const { rows: live } = await sql<{ projection: string; generation: number }>`
    select projection, generation from projection_generations where state = 'live'`.execute(db);
  const tableOf = (projection: string) =>
    sql.table(`${projection}_${live.find((row) => row.projection === projection)?.generation ?? 0}`);
  const { rows: orders } = await sql<{ id: string }>`
    select id, version, status, progress, placed from ${tableOf('orders')} order by id`.execute(db);
  const { rows: timelines } = await sql<{ order_id: string; entries: unknown }>`
    select order_id, entries from ${tableOf('timeline')} order by order_id`.execute(db);
  const { rows: sales } = await sql<{ sku: string; ordered: number; sold: number; undone: number; revenue: number }>`
    select sku, sum(ordered)::bigint as ordered, sum(sold)::bigint as sold, sum(undone)::bigint as undone,
      sum(revenue)::bigint as revenue from ${tableOf('sales')} group by sku order by sku`.execute(db);
  return { orders, timelines, sales };
}

/** The log of the test, folded by itself. */
export function expected({ log }: ViewFixture): Shown {
  const logs = [...log.orders].sort(([one], [other]) => (one < other ? -1 : 1));
  const orders = logs.map(([id, events]) => {
    const state = events.map(({ event }) => event).reduce<OrderState>(evolve, NOT_PLACED);
    if (state.kind === 'not-placed') throw new Error(`${id} has no events`);
    const { version, placed, progress } = state;
    return plain({ id, version, status: progress.status, progress, placed });
  });
  const timelines = logs.map(([order_id, events]) =>
    plain({ order_id, entries: events.map(({ event, occurredAt }) => timelineEntry(event, occurredAt)) }),
  );
  return { orders, timelines, sales: salesOf(logs.map(([, events]) => events.map(({ event }) => event))) };
}

type Events = Parameters<typeof evolve>[1][];

function salesOf(logs: readonly Events[]): unknown[] {
  const sums = new Map<string, { sku: string; ordered: number; sold: number; undone: number; revenue: number }>();
  for (const events of logs) {
    const types = events.map(({ type }) => type);
    const undone = types.includes('OrderRejected') || types.includes('OrderCancelled');
    const sold = types.includes('OrderConfirmed') && !undone;
    const said = events.findLast(({ type }) => type === 'OrderPlaced' || type === 'AmendApplied');
    for (const { sku, quantity, lineTotal } of said && 'items' in said.data
      ? (said.data.items as Placed['items'])
      : []) {
      const sum = sums.get(sku) ?? { sku, ordered: 0, sold: 0, undone: 0, revenue: 0 };
      sum.ordered += quantity;
      if (sold) sum.sold += quantity;
      if (sold) sum.revenue += lineTotal.amount;
      if (undone) sum.undone += quantity;
      sums.set(sku, sum);
    }
  }
  return [...sums.values()].sort((one, other) => (one.sku < other.sku ? -1 : 1));
}

function plain(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}
