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

export interface AtOptions {
  readonly json?: boolean;
  /** ISO 8601, with its zone. */
  readonly at?: string;
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

/** An order as it was at a time, by its log; as it is, without one. */
export async function showOrderAt(id: string, { at, json = false }: AtOptions): Promise<void> {
  const order = await operator().getOrder(id, { ...(at !== undefined && { at }) });
  if (json) return print(JSON.stringify({ order }, null, 2));
  print(`  ${bold(order.id)}  ${stateLine(order)}`);
  print(`  ${dim(order.items.map(({ quantity, name }) => `${quantity} × ${name}`).join(', '))}`);
  for (const { id: shipment, status, tracking } of order.shipments)
    print(`  ${dim(`${shipment}  ${status}  ${tracking}`)}`);
}

/** Each change of an order as it happens, until it has ended. */
export async function watchOrder(id: string, { json = false }: { readonly json?: boolean }): Promise<void> {
  for await (const order of operator().orderEvents(id))
    print(json ? JSON.stringify(order) : `  ${dim(order.updatedAt.slice(11, 23))}  ${stateLine(order)}`);
}

function stateLine(order: Order): string {
  const { captured, refunded, status } = order.payment;
  const paid = `${status} ${money(captured - refunded, order.total.currency)}`;
  return `${dim(`v${order.version}`.padEnd(4))} ${statusOf(order)}  ${dim(paid)}`;
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
