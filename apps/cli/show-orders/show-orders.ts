import { createClient } from '#libs/client/client.js';
import type { Order, OrderStatus } from '#libs/contracts/http/orders.js';
import { readRun } from '../run-file/run-file.js';
import { bold, dim, money, print, yellow } from '../terminal/style.js';
import { table } from '../terminal/table.js';
import { timelineLine } from '../terminal/timeline.js';

export interface ListOptions {
  readonly json?: boolean;
  readonly status?: OrderStatus;
  readonly limit?: number;
}

/** The newest orders of every customer. */
export async function listOrders({ json = false, status, limit = 20 }: ListOptions): Promise<void> {
  const page = await operator().listOrders({ limit, ...(status && { status }) });
  if (json) return print(JSON.stringify(page, null, 2));
  if (page.items.length === 0) return print('  No orders yet.');
  print(table(['id', 'customer', 'status', 'total', 'placed'], page.items.map(row)));
}

/** One order with everything that happened to it. */
export async function showOrder(id: string, { json = false }: { readonly json?: boolean }): Promise<void> {
  const api = operator();
  const [order, timeline] = await Promise.all([api.getOrder(id), api.getTimeline(id)]);
  if (json) return print(JSON.stringify({ order, timeline: timeline.items }, null, 2));
  print(`  ${bold(order.id)}  ${statusOf(order)}  ${money(order.total.amount, order.total.currency)}`);
  print(`  ${dim(order.items.map(({ quantity, name }) => `${quantity} × ${name}`).join(', '))}\n`);
  for (const entry of timeline.items) print(`  ${dim(entry.at.slice(11, 23))}  ${timelineLine(entry)}`);
}

function operator() {
  const { gateway, tokens } = readRun();
  return createClient({ url: gateway.url, token: tokens.operator });
}

function row(order: Order) {
  return [
    order.id,
    order.customerId,
    statusOf(order),
    money(order.total.amount, order.total.currency),
    dim(order.createdAt.slice(0, 19).replace('T', ' ')),
  ];
}

function statusOf({ status, reason, needsAttention }: Order): string {
  return [status, reason && dim(reason), needsAttention && yellow('needs attention')].filter(Boolean).join(' ');
}
