import { databaseName } from '#libs/persistence/provision.js';
import { PARTICIPANTS, type Audited, type SnapshotOf } from './audited.js';
import { checkSales, checkViews, type Views } from './check-views.js';
import type { DeadLetterFact, OrderFacts, Question, Violation } from './facts.js';
import * as queries from './queries.js';
import { readOrders } from './read-orders.js';
import { readSystem } from './read-system.js';
import { Snapshot } from './snapshot.js';
import { joinById, type Identified } from './sorted-rows.js';
import { Tally, type Counts } from './tally.js';
import { verifyHistory, verifyOrder, verifySystem } from './verify.js';
import * as viewQueries from './view-queries.js';

export type { Audited } from './audited.js';

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

/** Besides what is asked: how much is to be read, and how much to be kept. */
export interface Extent {
  /** Violations and orders needing attention that are kept; all are counted. All by default. */
  readonly most?: number;
  /** Ids of broken orders that are kept. All by default. */
  readonly mostOrders?: number;
  /** Only what has changed of late, what may be stuck, and what is named. Everything by default. */
  readonly recent?: Recent;
}

export interface Recent {
  readonly withinMs: number;
  /** Ids of orders. */
  readonly also: readonly string[];
  /** Of more orders than that everything is read: that is quicker then. */
  readonly most: number;
}

export interface Findings {
  readonly scope: 'whole' | 'recent';
  /** How many were looked at. */
  readonly orders: number;
  /** Ids of the orders that wait for a person. */
  readonly needsAttention: readonly string[];
  readonly needsAttentionCount: number;
  readonly violations: readonly Violation[];
  /** Those that are not kept among them. */
  readonly counts: Counts;
  /** Orders that they are about, those that are not kept among them. */
  readonly brokenOrders: readonly string[];
  /** Of the violations, those which only the whole history tells. */
  readonly ofHistory: readonly Violation[];
  /** What was given up and nobody has decided about; poison among them breaks nothing. */
  readonly deadLetters: readonly DeadLetterFact[];
}

/**
 * Reads everything once and compares it. What is said about orders comes from each database sorted by their ids, and is
 * joined on the way: however many orders there are, no more than some thousand are held at a time.
 */
export async function audit(
  sources: Sources,
  question: Question,
  accepted: readonly string[],
  { most = Infinity, mostOrders = Infinity, recent }: Extent = {},
): Promise<Findings> {
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
    const chosen = recent && (await recentOrders(of, recent));
    const tally = new Tally(most, mostOrders);
    const system = await readSystem(of, queues, chosen === undefined);
    const ofHistory = verifyHistory(system);
    tally.add([...ofHistory, ...verifySystem(system, question)]);
    const views = await readViews(of);
    const orders = await readOrders(of, { accepted, views, chosen });
    const seen = await auditOrders(orders, question, views, tally, most);
    tally.add(await auditSales(of, question, views));
    const deadLetters = system.deadLetters.items.map(withoutTotal);
    const scope = chosen ? 'recent' : 'whole';
    const { kept, counts, orders: broken } = tally;
    return { scope, ...seen, violations: kept, counts, brokenOrders: [...broken], ofHistory, deadLetters };
  } finally {
    await Promise.all([...snapshots.values()].map((snapshot) => snapshot.close()));
  }
}

/** Undefined: so many that everything is to be read. */
async function recentOrders(of: SnapshotOf, { withinMs, also, most }: Recent): Promise<readonly string[] | undefined> {
  const found = await of('orders').rows<Identified>(queries.RECENT, [withinMs, most + 1]);
  if (found.length > most) return undefined;
  return [...new Set([...found.map(({ id }) => id), ...also])].sort();
}

type Orders = Awaited<ReturnType<typeof readOrders>>;

async function auditOrders(orders: Orders, question: Question, views: Views, tally: Tally, most: number) {
  const needsAttention: string[] = [];
  let [seen, needsAttentionCount] = [0, 0];
  for await (const facts of joinById(orders)) {
    const known: OrderFacts = facts;
    tally.add([...verifyOrder(known, question), ...checkViews(known, question, views)]);
    if (known.order) seen += 1;
    if (!known.order?.needsAttention) continue;
    needsAttentionCount += 1;
    if (needsAttention.length < most) needsAttention.push(known.id);
  }
  return { orders: seen, needsAttention, needsAttentionCount };
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
