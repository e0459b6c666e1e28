import { databaseName } from '#libs/persistence/provision.js';
import type { Backlog, DeadLetterFact, OrderFacts, Question, SystemFacts, Violation } from './facts.js';
import * as queries from './queries.js';
import type { RowOf } from './queries.js';
import { Snapshot } from './snapshot.js';
import { joinById, SortedRows, type Identified } from './sorted-rows.js';
import { checkSales, checkViews, type Views } from './check-views.js';
import { verifyOrder, verifySystem } from './verify.js';
import * as viewQueries from './view-queries.js';

const PARTICIPANTS = [
  'inventory',
  'payments',
  'payment-simulator',
  'shipping',
  'carrier-simulator',
  'catalog',
  'notifications',
  'billing',
  'operations',
  'order-view',
] as const;
const WITH_OUTBOX = ['orders', 'inventory', 'payments', 'shipping', 'notifications', 'billing', 'catalog'] as const;

export type Audited = (typeof PARTICIPANTS)[number] | 'orders';

export interface Sources {
  /** The URL of a service's database, for a role that may only read. */
  readonly databaseOf: (service: Audited) => string;
  /** Messages per queue of the broker, the dead-letter queues among them; empty where nobody can tell. */
  readonly queues: () => Promise<ReadonlyMap<string, number>>;
}

/** Every service's own database on one server, for the role whose URL it is. */
export function databasesThrough(url: string): Sources['databaseOf'] {
  return (service) => Object.assign(new URL(url), { pathname: `/${databaseName(service)}` }).toString();
}

export interface Findings {
  readonly orders: number;
  /** Ids of the orders that wait for a person. */
  readonly needsAttention: readonly string[];
  readonly violations: readonly Violation[];
  /** What was given up and nobody has decided about; poison among them breaks nothing. */
  readonly deadLetters: readonly DeadLetterFact[];
}

/**
 * Reads everything once and compares it. What is said about orders comes from each database sorted by their ids, and is
 * joined on the way: however many orders there are, no more than some thousand are held at a time.
 */
export async function audit(sources: Sources, question: Question, accepted: readonly string[]): Promise<Findings> {
  const snapshots = new Map<Audited, Snapshot>();
  // The queues first: what leaves them meanwhile for a database is then seen in both, never in neither.
  const queues = await sources.queues();
  const open = async (service: Audited): Promise<void> => {
    snapshots.set(service, await Snapshot.open(sources.databaseOf(service)));
  };
  try {
    // The orders last: one that moves on meanwhile is then seen ahead of its participants only, never behind them.
    const opened = await Promise.allSettled(PARTICIPANTS.map(open)); // all of them: what is open is closed below
    for (const each of opened) if (each.status === 'rejected') throw each.reason;
    await open('orders');
    const of = (service: Audited): Snapshot => snapshots.get(service) as Snapshot; // each was opened above
    const system = await readSystem(of, queues);
    const views = await readViews(of);
    const findings = await auditOrders(of, question, accepted, system, views);
    return { ...findings, violations: [...findings.violations, ...(await auditSales(of, question, views))] };
  } finally {
    await Promise.all([...snapshots.values()].map((snapshot) => snapshot.close()));
  }
}

type SnapshotOf = (service: Audited) => Snapshot;

async function readSystem(of: SnapshotOf, queues: SystemFacts['queues']): Promise<SystemFacts> {
  const outboxOf = async (service: Audited): Promise<[Audited, Backlog]> => {
    const messages = await of(service).rows<queries.BacklogRow>(queries.BACKLOG);
    return [service, { count: messages[0]?.total ?? 0, messages }];
  };
  const [stock, allocated, shown, numbering, deadLetters, outboxes] = await Promise.all([
    of('inventory').rows<queries.StockRow>(queries.STOCK),
    of('inventory').rows<queries.AllocationRow>(queries.ALLOCATED),
    of('catalog').rows<queries.ShownRow>(queries.SHOWN),
    of('billing').rows<queries.NumberingRow>(queries.NUMBERING),
    of('operations').rows<queries.DeadLetterRow>(queries.DEAD_LETTERS),
    Promise.all(WITH_OUTBOX.map(outboxOf)),
  ]);
  return {
    stock,
    allocated: new Map(allocated.map((row) => [row.place, row])),
    shown: new Map(shown.map(({ place, available }) => [place, available])),
    numbering,
    deadLetters: { total: deadLetters[0]?.total ?? 0, items: deadLetters },
    outboxes: new Map(outboxes),
    queues,
  };
}

async function auditOrders(
  of: SnapshotOf,
  question: Question,
  accepted: readonly string[],
  system: SystemFacts,
  views: Views,
): Promise<Findings> {
  const violations = verifySystem(system, question);
  const needsAttention: string[] = [];
  let orders = 0;
  for await (const facts of joinById(await readOrders(of, accepted, views))) {
    const known: OrderFacts = facts;
    violations.push(...verifyOrder(known, question), ...checkViews(known, question, views));
    if (known.order) orders += 1;
    if (known.order?.needsAttention) needsAttention.push(known.id);
  }
  return { orders, needsAttention, violations, deadLetters: system.deadLetters.items.map(withoutTotal) };
}

function withoutTotal({ id, queue, reason, type, orderId }: DeadLetterFact): DeadLetterFact {
  return { id, queue, reason, type, orderId };
}

async function readViews(of: SnapshotOf): Promise<Views> {
  const live = await of('order-view').rows<viewQueries.LiveRow>(viewQueries.LIVE);
  return new Map(live.map(({ projection, generation }) => [projection, generation]));
}

async function auditSales(of: SnapshotOf, { atRest }: Question, views: Views): Promise<Violation[]> {
  const generation = views.get('sales');
  if (!atRest || generation === undefined) return [];
  const [shown, due] = await Promise.all([
    of('order-view').rows<viewQueries.SalesRow>(viewQueries.sales(generation)),
    of('orders').rows<viewQueries.SalesRow>(viewQueries.SALES_OF_LOG),
  ]);
  return checkSales(shown, due);
}

/** The rows of a read model; none while it is built for the first time. */
function viewRows<Row extends Identified>(
  of: SnapshotOf,
  generation: number | undefined,
  query: (generation: number) => string,
): Promise<SortedRows<Row>> {
  if (generation === undefined) return SortedRows.from<Row>(() => Promise.resolve([]));
  return of('order-view').sorted<Row>(query(generation));
}

async function readOrders(of: SnapshotOf, accepted: readonly string[], views: Views) {
  const [order, log, answered, charge, ledger, documents, reservation, shipment, parcels, viewed, timeline] =
    await Promise.all([
      of('orders').sorted<RowOf<'order'>>(queries.ORDERS),
      of('orders').sorted<RowOf<'log'>>(queries.LOG),
      of('orders').sorted<Identified>(queries.ANSWERED),
      of('payments').sorted<RowOf<'charge'>>(queries.CHARGES),
      of('payment-simulator').sorted<RowOf<'ledger'>>(queries.LEDGER),
      of('billing').sorted<RowOf<'documents'>>(queries.DOCUMENTS),
      of('inventory').sorted<RowOf<'reservation'>>(queries.RESERVATIONS),
      of('shipping').sorted<RowOf<'shipment'>>(queries.SHIPMENTS),
      of('carrier-simulator').sorted<RowOf<'parcels'>>(queries.PARCELS),
      viewRows<viewQueries.ViewedRow>(of, views.get('orders'), viewQueries.viewed),
      viewRows<viewQueries.TimelineRow>(of, views.get('timeline'), viewQueries.timelines),
    ]);
  const given = [[...new Set(accepted)].sort().map((id) => ({ id }))];
  return {
    accepted: await SortedRows.from<Identified>(() => Promise.resolve(given.shift() ?? [])),
    answered,
    order,
    log,
    charge,
    ledger,
    documents,
    reservation,
    shipment,
    parcels,
    viewed,
    timeline,
  };
}
