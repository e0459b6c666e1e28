import { sql, type Kysely } from 'kysely';
import type { AnyEnvelope } from '#libs/messaging/envelope.js';
import type { OrdersSchema } from '../schema.js';

export interface Sent {
  readonly lane: string;
  readonly envelope: AnyEnvelope;
}

/** What waits in the outbox about an order, in its order. */
export async function messagesAbout(db: Kysely<OrdersSchema>, orderId: string): Promise<Sent[]> {
  const { rows } = await sql<{ lane: string; envelope: string }>`
    select lane, envelope from outbox where envelope::jsonb ->> 'subject' = ${orderId} order by seq`.execute(db);
  return rows.map(({ lane, envelope }) => ({ lane, envelope: JSON.parse(envelope) as AnyEnvelope }));
}

export function logOf(db: Kysely<OrdersSchema>, orderId: string) {
  return db.selectFrom('order_events').selectAll().where('order_id', '=', orderId).orderBy('version').execute();
}

export function ordersOf(db: Kysely<OrdersSchema>, customerId: string) {
  return db.selectFrom('orders').selectAll().where('customer_id', '=', customerId).orderBy('id').execute();
}

export function claimsOf(db: Kysely<OrdersSchema>, caller: string) {
  return db.selectFrom('idempotency_claims').selectAll().where('caller', '=', caller).execute();
}

/** Makes a caller's leases run out, as if their time had passed. */
export async function letLeasesRunOut(db: Kysely<OrdersSchema>, caller: string): Promise<void> {
  await db
    .updateTable('idempotency_claims')
    .set({ lease_until: sql<Date>`now() - interval '1 second'` })
    .where('caller', '=', caller)
    .execute();
}

/** Everything that must hold in any state of the database, as a list of what does not. */
export async function violations(db: Kysely<OrdersSchema>): Promise<string[]> {
  const { rows } = await sql<{ row: string }>`
    select format('%s: the snapshot is at %s, the log ends at %s with %s events', id, orders.version, max(e.version), count(e)) as row
    from orders left join order_events e on e.order_id = orders.id
    group by id having orders.version is distinct from max(e.version) or max(e.version) <> count(e)
    union all
    select format('%s has events but no snapshot', order_id) from order_events
    where not exists (select from orders where id = order_id)
    union all
    select format('%s was sent as %s', subject, array_agg(sequence order by seq))
    from (
      select envelope::jsonb ->> 'subject' as subject, seq, (envelope::jsonb ->> 'sequence')::int as sequence,
        row_number() over (partition by envelope::jsonb ->> 'subject' order by seq) as place
      from outbox where lane = 'events'
    ) as sent group by subject having bool_or(sequence <> place)
    union all
    select format('%s has an answer but no order', order_id) from idempotency_claims
    where answer is not null and not exists (select from orders where id = order_id)`.execute(db);
  return rows.map(({ row }) => row);
}
