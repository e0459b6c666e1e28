import { sql, type QueryResult, type RawBuilder } from 'kysely';
import type { EventType } from '#libs/contracts/events.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { newEnvelope } from '#libs/messaging/envelope.js';
import { outboxValuesSql } from '#libs/messaging/outbox.js';
import type { Outcome, ReservationRequest, ReservationState, Seen, Taken } from './reservation.js';

/*
 * What the statements of this folder have in common. Each is one statement, whatever the number of lines, and so one
 * transaction: what it presumes is checked by the update or insert itself, never by a read before it.
 * None of them can deadlock: the order's turn is taken first, its reservation next, then stock in the order of (sku, warehouse).
 * Without turns, one that takes stock for an order could wait at its insert for one that has the order and waits for the stock.
 */

/** Every statement ends in one row: the reservation it made, or else what it found in place of what it presumed. */
export interface FoundRow {
  readonly changed_to: ReservationState | null;
  readonly expires_at: Date | null;
  readonly state: ReservationState | null;
  readonly due: boolean | null;
  readonly same_lines: boolean;
  readonly amended: boolean;
  /** Told by an amendment alone. */
  readonly command?: Taken['command'];
  readonly same_skus?: boolean;
}

export function rowOf<Row>({ rows }: QueryResult<Row>): Row {
  const [row] = rows;
  if (row === undefined) throw new WaybillError('INTERNAL', 'A statement that always ends in a row has ended in none');
  return row;
}

export function outcomeOf(orderId: OrderId, row: FoundRow): Outcome {
  const state = row.changed_to ?? row.state;
  const reservation = state && { orderId, state, expiresAt: row.expires_at };
  if (reservation && row.changed_to) return { done: true, reservation };
  return { done: false, seen: seenOf(row), reservation };
}

function seenOf({ state, due, same_lines: sameLines, ...row }: FoundRow): Seen {
  switch (state) {
    case null:
      return { state: 'missing' };
    case 'held':
      return { state, due: due ?? false, sameLines };
    case 'reserved':
    case 'shipped':
      return {
        state,
        sameLines,
        amended: row.amended,
        command: row.command ?? null,
        sameSkus: row.same_skus ?? true,
      };
    case 'released':
      return { state };
  }
}

/** One statement at a time for an order. The key of the transaction's advisory lock. */
export function turnKey(orderId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`hashtextextended(${orderId}::text, 0)`;
}

/** Every change is made on this condition: so the turn comes before any row is locked. */
export const ON_ITS_TURN = sql`exists (select from turn)`;

/** CTEs `turn`, `request` (the lines asked for), `seen` (the reservation) and `same` (whether it is for these lines). */
export function foundSql({ orderId, lines }: ReservationRequest): RawBuilder<unknown> {
  return sql`
    turn as materialized (select pg_advisory_xact_lock(${turnKey(sql`${orderId}`)})),
    request as materialized (
      select * from unnest(
        ${lines.map(({ sku }) => sku)}::text[], ${lines.map(({ quantity }) => quantity)}::integer[]
      ) as request (sku, quantity)
    ),
    seen as materialized (
      select state, expires_at, expires_at <= now() as due, amendments
      from reservations where order_id = ${orderId} and ${ON_ITS_TURN}
    ),
    same as materialized (
      select not exists (
        select from request full join (
          select sku, sum(quantity)::integer as quantity from reservation_lines where order_id = ${orderId} group by sku
        ) as taken using (sku)
        where request.quantity is distinct from taken.quantity
      ) as lines
    )`;
}

/** The final row: CTE `changed` holds the reservation as it is now, if it was changed. */
export const FOUND_ROW = sql`
  (select state from changed) as changed_to,
  case when exists (select from changed) then (select expires_at from changed) else (select expires_at from seen) end as expires_at,
  (select state from seen) as state, (select due from seen) as due, (select lines from same) as same_lines,
  coalesce((select amendments > 0 from seen), false) as amended`;

/**
 * A lock may have been waited for, and what is read beside it was read before: the lines are still those that were read.
 * Whoever changes them counts it.
 */
export const SAME_AMENDMENTS = sql`reservations.amendments = (select amendments from seen)`;

type StockEvent = Extract<EventType, 'StockReserved' | 'StockReleased' | 'StockShipped'>;

/**
 * Puts an event about the order into the outbox, in the statement that causes it: its sequence comes from CTE `changed`,
 * its lines from the CTE that is named, once for each row of `changed`.
 */
export function tellSql(type: StockEvent, orderId: OrderId, lines = 'locked'): RawBuilder<unknown> {
  const envelope = newEnvelope({
    type,
    producer: 'inventory',
    subject: orderId,
    sequence: 1,
    data: { orderId, lines: [] },
  });
  return sql`
    insert into outbox (lane, message_id, subject, routing_key, priority, envelope, headers)
    select lane, message_id, subject, routing_key, priority,
      (envelope::jsonb || jsonb_build_object(
        'sequence', changed.sequence,
        'data', jsonb_build_object('orderId', ${orderId}::text, 'lines', (
          select jsonb_agg(jsonb_build_object('sku', sku, 'warehouse', warehouse, 'quantity', quantity)) from ${sql.ref(lines)}))
      ))::text,
      headers
    from ${outboxValuesSql([{ lane: 'events', envelope }])}, changed`;
}
