import { sql, type Kysely } from 'kysely';
import { histories } from '../../apps/order-view/testing/histories.js';

const BATCH = 1_000;

/** Fills the log of orders, and their snapshots as far as reading it needs them. @returns how many events there are */
export async function growLog(db: Kysely<never>, orders: number): Promise<number> {
  let events = 0;
  for (let made = 0; made < orders; made += BATCH) {
    const logs = histories(Math.min(BATCH, orders - made), {
      placedAt: new Date(Date.now() - orders * 10 + made * 10),
    });
    const all = logs.flat();
    events += all.length;
    await sql`
      insert into order_events (order_id, version, type, schema_version, data, occurred_at)
      select order_id, version, type, case type when 'OrderPlaced' then 2 else 1 end, data, occurred_at from unnest(
        ${all.map(({ orderId }) => orderId)}::uuid[], ${all.map(({ version }) => version)}::integer[],
        ${all.map(({ event }) => event.type)}::text[], ${all.map(({ event }) => JSON.stringify(event.data))}::jsonb[],
        ${all.map(({ occurredAt }) => occurredAt)}::timestamptz[]
      ) as event (order_id, version, type, data, occurred_at)`.execute(db);
    await sql`
      insert into orders (id, customer_id, version, status, placed, progress, open, created_at, updated_at)
      select id, 'anna', 1, 'DELIVERED', '{}', '{}', false, now(), now()
      from unnest(${logs.map(([first]) => first?.orderId ?? '')}::uuid[]) as made (id)`.execute(db);
  }
  await sql`analyze`.execute(db);
  return events;
}
