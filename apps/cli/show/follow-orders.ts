import { setTimeout as pause } from 'node:timers/promises';
import type { Order, TimelineEntry } from '#libs/contracts/http/orders.js';
import type { Placed, Reader } from './place-samples.js';

const POLL_MS = 150;

/** What is new of an order since it was last looked at. */
export interface Progress {
  readonly placed: Placed;
  readonly entries: readonly TimelineEntry[];
  readonly order: Order;
  /** Set when the status has changed. */
  readonly status?: Order['status'];
}

/** Looks at the orders until `done` says so of each; tells every step as it is seen. */
export async function followOrders(
  api: Reader,
  orders: readonly Placed[],
  done: (order: Order) => boolean,
  tell: (progress: Progress) => void,
): Promise<void> {
  const seen = new Map<string, { entries: number; version: number; status: string }>();
  let running = [...orders];
  while (running.length > 0) {
    const looks = await Promise.all(running.map((placed) => look(api, placed, seen.get(placed.order.id))));
    for (const progress of looks) {
      const before = seen.get(progress.placed.order.id)?.entries ?? 0;
      seen.set(progress.placed.order.id, { entries: before + progress.entries.length, version: progress.order.version, status: progress.order.status });
      tell(progress);
    }
    running = looks.filter(({ order }) => !done(order)).map(({ placed }) => placed);
    if (running.length > 0) await pause(POLL_MS);
  }
}

async function look(api: Reader, placed: Placed, seen?: { entries: number; version: number; status: string }): Promise<Progress> {
  const order = await api.getOrder(placed.order.id);
  const changed = order.status === (seen?.status ?? 'PENDING') ? {} : { status: order.status };
  if (order.version === (seen?.version ?? 1)) return { placed, order, entries: [], ...changed };
  const { items } = await api.getTimeline(placed.order.id);
  return { placed, order, entries: items.slice(seen?.entries ?? 0), ...changed };
}
