import { sql, type Kysely } from 'kysely';
import type { OrdersSchema } from '../schema.js';

/** How much work is waiting. */
export interface Backlog {
  /** Orders that the broker has not confirmed yet. */
  readonly unsent: number;
  readonly oldestUnsentMs: number;
  /** Orders that the system works on: neither confirmed nor undone. */
  readonly open: number;
  readonly confirmedLastMinute: number;
  readonly needingAttention: number;
}

export interface AcceptLimits {
  readonly maxUnsent: number;
  readonly maxUnsentAgeMs: number;
  /** More than what is confirmed in this time, at the last minute's rate, is too much. */
  readonly backlogMs: number;
  readonly backlogMin: number;
}

const MINUTE_MS = 60_000;

export const NO_BACKLOG: Backlog = {
  unsent: 0,
  oldestUnsentMs: 0,
  open: 0,
  confirmedLastMinute: 0,
  needingAttention: 0,
};

/** Why no further order is taken; undefined while there is room. While nothing is confirmed at all, orders may pile up. */
export function overload(backlog: Backlog, limits: AcceptLimits): string | undefined {
  const { unsent, oldestUnsentMs, open, confirmedLastMinute } = backlog;
  if (unsent > limits.maxUnsent) return `${unsent} orders wait for the broker`;
  if (oldestUnsentMs > limits.maxUnsentAgeMs) return `an order has waited ${seconds(oldestUnsentMs)} s for the broker`;
  const room = Math.max(limits.backlogMin, (confirmedLastMinute * limits.backlogMs) / MINUTE_MS);
  if (confirmedLastMinute > 0 && open > room) return `${open} orders are open, ${Math.floor(room)} may be`;
  return undefined;
}

/** Limits that are reached sooner. What is no backlog at all stays none. */
export function shareOf({ backlogMin, ...limits }: AcceptLimits, share: number): AcceptLimits {
  const { maxUnsent, maxUnsentAgeMs, backlogMs } = limits;
  return {
    maxUnsent: maxUnsent * share,
    maxUnsentAgeMs: maxUnsentAgeMs * share,
    backlogMs: backlogMs * share,
    backlogMin,
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}

/** One statement; each of its parts reads a few index entries. */
export async function readBacklog(db: Kysely<OrdersSchema>): Promise<Backlog> {
  const { rows } = await sql<Backlog>`
    select
      (select count(*) from outbox where lane = 'order-processing') as unsent,
      coalesce((
        select greatest(0, extract(epoch from clock_timestamp() - created_at) * 1000)::bigint
        from outbox where lane = 'order-processing' order by seq limit 1
      ), 0) as "oldestUnsentMs",
      (select count(*) from orders where open) as open,
      (select count(*) from orders where confirmed_at > now() - interval '1 minute') as "confirmedLastMinute",
      (select count(*) from orders where attention_since is not null) as "needingAttention"`.execute(db);
  return rows[0] ?? NO_BACKLOG;
}
