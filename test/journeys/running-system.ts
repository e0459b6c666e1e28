import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { createClient, type WaybillClient } from '#libs/client/client.js';
import type { Order, PlaceOrderBody } from '#libs/contracts/http/orders.js';
import { databaseName } from '#libs/persistence/provision.js';
import { eventually } from '#libs/testing/eventually.js';

type Watched = 'notifications' | 'orders' | 'orders-2';

interface RunFile {
  readonly gateway: { readonly url: string };
  readonly rabbitmq: { readonly amqp: string };
  readonly postgres: { readonly url: string; readonly auditor: string };
  readonly tokens: { readonly customer: string; readonly otherCustomer: string; readonly operator: string };
  readonly services: Readonly<Record<Watched, { readonly metrics: string }>> &
    Readonly<Record<'gateway' | 'gateway-2', { readonly http: string }>>;
  readonly control: { readonly url: string; readonly token: string };
}

const file = process.env['WAYBILL_RUN_FILE'];
if (file === undefined) throw new Error('No system runs here: `npm test` starts one, or run `npm start` first');

/** Where the system under test is. */
export const run = JSON.parse(readFileSync(file, 'utf8')) as RunFile;

export const customer: WaybillClient = createClient({ url: run.gateway.url, token: run.tokens.customer });

/** Rows of a service's own database, read with the auditor's eyes. */
export async function rows<Row extends object>(
  service: string,
  query: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const url = Object.assign(new URL(run.postgres.auditor), { pathname: `/${databaseName(service)}` });
  const client = new Client({ connectionString: url.toString() });
  await client.connect();
  try {
    return (await client.query<Row>(query, [...values])).rows;
  } finally {
    await client.end();
  }
}

export function orderOf(change: Partial<PlaceOrderBody> & { readonly country?: string } = {}): PlaceOrderBody {
  const { country = 'DE', ...body } = change;
  return {
    items: [{ sku: 'MUG-ENAMEL', quantity: 2 }],
    paymentMethod: 'pm_ok',
    shippingAddress: { name: 'Ada Lovelace', line1: 'Marktplatz 1', city: 'Leipzig', postalCode: '04109', country },
    ...body,
  };
}

/** Waits until an order has one of the given statuses. */
export function untilStatus(id: string, statuses: readonly Order['status'][], withinMs = 60_000): Promise<Order> {
  return eventually(
    async () => {
      const order = await customer.getOrder(id);
      if (!statuses.includes(order.status)) throw new Error(`${id} is ${order.status} ${order.reason ?? ''}`);
      return order;
    },
    { withinMs, everyMs: 100 },
  );
}

/** Holds a service or engine down, or starts it again, as `waybill stop|start` does. */
export async function control(verb: 'stop' | 'start', name: string): Promise<void> {
  const response = await fetch(`${run.control.url}/${verb}/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${run.control.token}` },
  });
  if (!response.ok) throw new Error(`${verb} ${name} answered ${response.status}: ${await response.text()}`);
}

/** What the provider's books say of an order. */
export async function ledgerOf(id: string): Promise<{ charges: number; captured: number; refunded: number }> {
  const entries = await rows<{ kind: 'charge' | 'refund'; amount: string }>(
    'payment-simulator',
    'select kind, amount from ledger where order_id = $1',
    [id],
  );
  const sum = (kind: 'charge' | 'refund'): number =>
    entries.filter((entry) => entry.kind === kind).reduce((total, { amount }) => total + Number(amount), 0);
  return {
    charges: entries.filter(({ kind }) => kind === 'charge').length,
    captured: sum('charge'),
    refunded: sum('refund'),
  };
}

/** Where an order's stock is. */
export async function reservationOf(id: string): Promise<string> {
  const [row] = await rows<{ state: string }>('inventory', 'select state from reservations where order_id = $1', [id]);
  return row?.state ?? 'none';
}
