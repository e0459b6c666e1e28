import {
  isMoving,
  violations,
  type Finding,
  type OrderFacts,
  type Question,
  type SalesFact,
  type Violation,
} from './facts.js';

/** Which read models serve; one that is still built for the first time has nothing to compare. */
export type Views = ReadonlyMap<string, number>;

/** R, of one order: the read models show what its log says. Those that are in flight may be a moment behind. */
export function checkViews(facts: OrderFacts, question: Question, views: Views): Violation[] {
  const { id, order } = facts;
  if (order && isMoving(order, question)) return [];
  return violations(
    'R',
    id,
    ...(views.has('orders') ? [listed(facts)] : []),
    ...(views.has('timeline') ? [told(facts)] : []),
  );
}

function listed({ order, viewed }: OrderFacts): Finding {
  if (!order) return viewed && 'is listed by order-view, and orders has no such order';
  if (!viewed) return 'is not listed by order-view: its customer misses it';
  if (viewed.version !== order.version)
    return `is listed by order-view at version ${viewed.version}, orders has ${order.version}: its list is out of date`;
  const placed = order.placed ?? viewed.placed;
  const same = viewed.status === order.status && viewed.progress === order.progress && viewed.placed === placed;
  if (!same) return `is listed by order-view otherwise than its log says, both at version ${order.version}`;
  return viewed.customer !== order.customer && `is listed by order-view as an order of ${viewed.customer}`;
}

function told({ log, timeline }: OrderFacts): Finding {
  if (!log) return timeline && 'has a timeline in order-view, and no log';
  if (!timeline) return 'has no timeline in order-view';
  if (timeline.version !== log.latest)
    return `has a timeline up to version ${timeline.version}, its log ends at ${log.latest}`;
  return timeline.entries !== log.entries && 'has a timeline that tells another story than its log';
}

/** R, at rest: the sales are what the log adds up to. */
export function checkSales(shown: readonly SalesFact[], due: readonly SalesFact[]): Violation[] {
  const known = new Map(shown.map((fact) => [keyOf(fact), fact]));
  const wrong = due.filter((fact) => !same(known.get(keyOf(fact)), fact)).map(keyOf);
  const expected = new Set(due.map(keyOf));
  const surplus = shown.filter((fact) => !expected.has(keyOf(fact)) && fact.ordered !== 0).map(keyOf);
  return [...wrong, ...surplus].map((key) => ({
    invariant: 'R',
    message: `${key}: the sales in order-view are not what the log of orders adds up to`,
  }));
}

function keyOf({ hour, sku, currency }: SalesFact): string {
  return `${sku} in the hour of ${new Date(hour).toISOString()} in ${currency}`;
}

function same(one: SalesFact | undefined, other: SalesFact): boolean {
  return (['ordered', 'sold', 'undone', 'revenue'] as const).every((figure) => one?.[figure] === other[figure]);
}
