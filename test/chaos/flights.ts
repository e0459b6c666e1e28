import type { System } from './system.js';

const MOVING = `('PENDING', 'RESERVED', 'PAID', 'REJECTING', 'CANCELLING')`;
const ENDED = `('DELIVERED', 'REJECTED', 'CANCELLED', 'RETURNED', 'REFUNDED')`;

/** What became of the orders of a run, by status. */
export interface Outcomes {
  readonly recorded: number;
  readonly confirmed: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly moving: number;
  readonly needingAttention: number;
  /** Orders that nothing but a crash can have kept from being confirmed. */
  readonly wronglyRejected: readonly string[];
  /** Milliseconds from the placing of an order to the moment it was confirmed or had ended: the longest. */
  readonly longestUnsettledMs: number;
}

/** The orders of this run, as the database of orders has them. */
export class Flights {
  private since = new Date();

  constructor(private readonly system: System) {}

  /** From here on, by the database's clock; earlier orders are somebody else's. */
  async begin(): Promise<void> {
    const [row] = await this.ask<{ now: Date }>('select clock_timestamp() as now');
    this.since = row?.now ?? this.since;
  }

  /** Accepted, and neither confirmed nor ended. */
  async count(): Promise<number> {
    const [row] = await this.ask<{ count: string }>(
      `select count(*) from orders where created_at >= $1 and status in ${MOVING}`,
      [this.since],
    );
    return Number(row?.count);
  }

  async isMoving(id: string): Promise<boolean> {
    const rows = await this.ask(`select from orders where id = $1 and status in ${MOVING}`, [id]);
    return rows.length > 0;
  }

  /** Orders that have not ended; `delivered`: a confirmed one has not. */
  async unfinished(delivered: boolean): Promise<string[]> {
    const condition = delivered ? `not in ${ENDED}` : `in ${MOVING}`;
    const rows = await this.ask<{ id: string }>(
      `select id from orders where created_at >= $1 and status ${condition} order by created_at`,
      [this.since],
    );
    return rows.map(({ id }) => id);
  }

  /** Ids of confirmed orders that are not delivered yet. */
  async confirmed(): Promise<string[]> {
    const rows = await this.ask<{ id: string }>(
      `select id from orders where created_at >= $1 and status = 'CONFIRMED' order by created_at`,
      [this.since],
    );
    return rows.map(({ id }) => id);
  }

  async outcomes(): Promise<Outcomes> {
    const [counts] = await this.ask<Record<string, string>>(
      `select count(*) as recorded, count(confirmed_at) as confirmed,
         count(*) filter (where status = 'REJECTED') as rejected, count(*) filter (where status = 'CANCELLED') as cancelled,
         count(*) filter (where status in ${MOVING}) as moving, count(attention_since) as attention
       from orders where created_at >= $1`,
      [this.since],
    );
    const wrongly = await this.ask<{ id: string }>(
      `select id from orders where created_at >= $1 and status in ('REJECTED', 'REJECTING')
         and placed ->> 'paymentMethod' = 'pm_ok' and placed -> 'shippingAddress' ->> 'country' <> 'ZZ'`,
      [this.since],
    );
    const [longest] = await this.ask<{ ms: string | null }>(
      `select max(extract(epoch from coalesce(settled.at, now()) - created_at) * 1000)::bigint as ms
       from orders left join lateral (
         select min(occurred_at) as at from order_events
         where order_id = orders.id and type in ('OrderConfirmed', 'OrderRejected', 'OrderCancelled')) as settled on true
       where created_at >= $1`,
      [this.since],
    );
    const number = (name: string): number => Number(counts?.[name]);
    return {
      recorded: number('recorded'),
      confirmed: number('confirmed'),
      rejected: number('rejected'),
      cancelled: number('cancelled'),
      moving: number('moving'),
      needingAttention: number('attention'),
      wronglyRejected: wrongly.map(({ id }) => id),
      longestUnsettledMs: Number(longest?.ms ?? 0),
    };
  }

  private ask<Row extends object>(query: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.system.databases.read<Row>('orders', query, values);
  }
}
