import { Client, types } from 'pg';
import { databaseName } from '#libs/persistence/provision.js';
import type { Facts } from './facts.js';
import * as queries from './queries.js';
import { readQueues, type Broker } from './read-queues.js';

const INT8 = 20;
const NUMERIC = 1700;
types.setTypeParser(INT8, Number);
types.setTypeParser(NUMERIC, Number);

const WITH_OUTBOX = ['orders', 'inventory', 'payments', 'shipping', 'notifications'] as const;

export interface Sources {
  /** The auditor's URL; it may connect to every service's database and only read. */
  readonly auditorUrl: string;
  readonly broker: Broker;
}

/** Reads everything that the invariants speak of; each database at one moment of its own. */
export async function readFacts({ auditorUrl, broker }: Sources): Promise<Facts> {
  const ask = <Row extends object>(service: string, query: string): Promise<Row[]> =>
    readRows<Row>(auditorUrl, service, query);
  const keyed = async <Key extends string, Row extends { readonly [K in Key]: string }>(
    key: Key,
    service: string,
    query: string,
  ) => new Map((await ask<Row>(service, query)).map((row) => [row[key], row]));
  const counted = async (service: string, query: string) =>
    new Map((await ask<{ key: string; count: number }>(service, query)).map(({ key, count }) => [key, count]));
  // Participants before orders: an order that moves on meanwhile is then seen ahead of its participants only while it is young.
  const [charges, ledger, reservations, stock, allocated, shipments, parcels, shown, outboxes, queues] =
    await Promise.all([
      keyed<'id', queries.Keyed<'charges'>>('id', 'payments', queries.CHARGES),
      keyed<'id', queries.Keyed<'ledger'>>('id', 'payment-simulator', queries.LEDGER),
      keyed<'id', queries.Keyed<'reservations'>>('id', 'inventory', queries.RESERVATIONS),
      ask<Facts['stock'][number]>('inventory', queries.STOCK),
      keyed<'place', queries.AllocationRow>('place', 'inventory', queries.ALLOCATED),
      keyed<'id', queries.Keyed<'shipments'>>('id', 'shipping', queries.SHIPMENTS),
      counted('carrier-simulator', queries.PARCELS),
      counted('catalog', queries.SHOWN),
      Promise.all(
        WITH_OUTBOX.map(
          async (service) => [service, (await counted(service, queries.OUTBOX)).get('outbox') ?? 0] as const,
        ),
      ),
      readQueues(broker),
    ]);
  const orders = await keyed<'id', queries.Keyed<'orders'>>('id', 'orders', queries.ORDERS);
  return {
    orders,
    charges,
    ledger,
    reservations,
    stock,
    allocated,
    shipments,
    parcels,
    shown,
    outboxes: new Map(outboxes),
    queues,
  };
}

async function readRows<Row extends object>(auditorUrl: string, service: string, query: string): Promise<Row[]> {
  const url = Object.assign(new URL(auditorUrl), { pathname: `/${databaseName(service)}` });
  const client = new Client({ connectionString: url.toString(), application_name: 'waybill-verify' });
  await client.connect();
  try {
    return (await client.query<Row>(query)).rows;
  } finally {
    await client.end();
  }
}
