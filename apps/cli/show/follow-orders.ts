import { setTimeout as pause } from 'node:timers/promises';
import type { Order, TimelineEntry } from '#libs/contracts/http/orders.js';
import type { Placed, Reader } from './place-samples.js';

const POLL_MS = 150;

/** What is new of an order since it was last looked at. */
export interface Progress {
  readonly placed: Placed;
  readonly entries: readonly TimelineEntry[];
  readonly order: Order;
}

/** Something that happened to one of the orders. */
export interface Happening {
  readonly placed: Placed;
  readonly entry: TimelineEntry;
}

/**
 * Looks at the orders until `done` says so of each; tells everything that happens to them in the order it happened.
 * @returns the orders as they were last seen, by id
 */
export async function followOrders(
  api: Reader,
  orders: readonly Placed[],
  done: (order: Order) => boolean,
  tell: (happening: Happening) => void,
): Promise<Map<string, Order>> {
  const told = new Map<string, number>();
  const last = new Map<string, Order>();
  let running = [...orders];
  while (running.length > 0) {
    const looks = await Promise.all(
      running.map((placed) => look(api, placed, last.get(placed.order.id), told.get(placed.order.id) ?? 0)),
    );
    for (const happening of inOrder(looks)) tell(happening);
    for (const { order, entries } of looks) {
      last.set(order.id, order);
      told.set(order.id, (told.get(order.id) ?? 0) + entries.length);
    }
    running = looks.filter(({ order }) => !done(order)).map(({ placed }) => placed);
    if (running.length > 0) await pause(POLL_MS);
  }
  return last;
}

async function look(api: Reader, placed: Placed, before: Order | undefined, told: number): Promise<Progress> {
  const order = await api.getOrder(placed.order.id);
  if (order.version === before?.version) return { placed, order, entries: [] };
  const { items } = await api.getTimeline(placed.order.id);
  return { placed, order, entries: items.slice(told) };
}

function inOrder(looks: readonly Progress[]): Happening[] {
  return looks
    .flatMap(({ placed, entries }) => entries.map((entry) => ({ placed, entry })))
    .sort((one, other) => one.entry.at.localeCompare(other.entry.at));
}
