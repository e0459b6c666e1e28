import { sql } from 'kysely';
import type { OrderEvent } from '#libs/order-log/events.js';
import type { Placed, Progress } from '#libs/order-log/order.js';
import { PROJECTIONS } from '../../apps/order-view/projections/index.js';
import { ordersProjection } from '../../apps/order-view/projections/orders-projection.js';
import {
  PROJECTION_NAMES,
  type LoggedEvent,
  type Projection,
  type Row,
} from '../../apps/order-view/projections/projection.js';
import type { DisposableSet } from './disposable-set.js';

interface OrderRow {
  readonly id: string;
  readonly version: number;
  readonly placed: Placed;
  readonly progress: Progress;
  readonly updated_at: Date;
}
interface EventRow {
  readonly order_id: string;
  readonly version: number;
  readonly type: OrderEvent['type'];
  readonly data: OrderEvent['data'];
  readonly occurred_at: Date;
}

/** Read models of the orders that were grown, as order-view itself writes them. */
export async function growViews(set: DisposableSet): Promise<void> {
  const [orders, view] = [set.database('orders'), set.database('order-view')];
  const { rows } = await sql<OrderRow>`select id, version, placed, progress, updated_at from orders`.execute(orders);
  const { rows: events } = await sql<EventRow>`
    select order_id, version, type, data, occurred_at from order_events order by order_id, version`.execute(orders);
  for (const name of PROJECTION_NAMES) {
    await PROJECTIONS[name].createTables(view, 1);
    await sql`
      insert into projection_generations (projection, generation, state, cause) values (${name}, 1, 'live', 'first')`.execute(
      view,
    );
  }
  // What was grown has a simpler log than its snapshots tell of.
  const changes = rows.map(({ id, updated_at, ...row }) => ({
    orderId: id,
    before: undefined,
    after: { kind: 'placed' as const, ...row, updatedAt: updated_at },
    events: [],
  }));
  await ordersProjection.write(view, 1, changes);
  for (const name of ['timeline', 'sales'] as const) await fold(set, PROJECTIONS[name], events.map(logged));
}

function logged({ order_id, version, type, data, occurred_at }: EventRow): LoggedEvent {
  return { orderId: order_id, version, occurredAt: occurred_at, event: { type, data } as OrderEvent };
}

async function fold(set: DisposableSet, projection: Projection, events: readonly LoggedEvent[]): Promise<void> {
  const rows = new Map<string, Row>();
  for (const event of events) rows.set(event.orderId, projection.fold(rows.get(event.orderId), event));
  const changes = [...rows].map(([orderId, after]) => ({
    orderId,
    before: undefined,
    after,
    events: events.filter((event) => event.orderId === orderId),
  }));
  await projection.write(set.database('order-view'), 1, changes);
}
