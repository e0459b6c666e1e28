import {
  isMoving,
  violations,
  type Allocation,
  type Finding,
  type OrderFact,
  type OrderFacts,
  type Question,
  type ReservationFact,
  type StockFact,
  type SystemFacts,
  type Violation,
} from './facts.js';
import { settlementOf } from './settled.js';

const COLUMNS = ['available', 'held', 'reserved', 'shipped', 'writtenOff'] as const;
const ALLOCATED = ['held', 'reserved', 'shipped'] as const;
const NOTHING: Allocation = { held: 0, reserved: 0, shipped: 0 };

/** S, of one order: its goods are where its status says, all of them and no others. */
export function checkStockOfOrder({ id, order, reservation }: OrderFacts, question: Question): Violation[] {
  if (!order) return violations('S', id, ownerless(reservation));
  return isMoving(order, question) ? [] : violations('S', id, ...rightPlace(order, reservation));
}

function ownerless(reservation: ReservationFact | undefined): Finding {
  const { state = 'released' } = reservation ?? {};
  // A hold may come before its order, and ends by itself.
  return (
    (state === 'reserved' || state === 'shipped') &&
    `has ${reservation?.items ?? 'stock'} ${state}, and there is no such order: nobody will ever give it back`
  );
}

/** A confirmed order's lines are reserved; a shipped one's are shipped, and not reserved any more. */
function rightPlace({ status, items }: OrderFact, reservation: ReservationFact | undefined): Finding[] {
  if (settlementOf(status) !== 'kept') return [];
  const state = reservation?.state ?? 'missing';
  const expected = status === 'CONFIRMED' ? 'reserved' : status === 'PARTIALLY_SHIPPED' ? state : 'shipped';
  const has = reservation?.items ?? 'nothing';
  return [
    state !== expected && `is ${status}, its stock is ${state} instead of ${expected}`,
    state !== 'missing' && has !== items && `is for ${items}, and inventory keeps ${has} for it`,
  ];
}

/** S: every unit received is in exactly one place; nothing is negative. */
export function checkStock({ stock }: SystemFacts): Violation[] {
  return stock.flatMap(addsUp);
}

/** S: the totals are those of the orders' reservations. */
export function checkAllocated({ stock, allocated }: SystemFacts): Violation[] {
  if (!allocated) return [];
  const known = new Set(stock.map(({ place }) => place));
  const unknown = [...allocated.keys()].filter((place) => !known.has(place));
  return [
    ...stock.flatMap((row) => matches(row, allocated.get(row.place) ?? NOTHING)),
    ...unknown.map((place) => violation(place, 'orders have reserved there, and inventory has no such stock')),
  ];
}

function addsUp(row: StockFact): Violation[] {
  const negative = COLUMNS.filter((column) => row[column] < 0);
  const sum = COLUMNS.reduce((total, column) => total + row[column], 0);
  const off = sum - row.received;
  return [
    ...negative.map((column) =>
      violation(row.place, `${column} is ${row[column]}: more was given away than there was`),
    ),
    ...(off === 0
      ? []
      : [
          violation(
            row.place,
            `adds up to ${sum}, ${row.received} were received: ${Math.abs(off)} units are ${off < 0 ? 'lost' : 'invented'}`,
          ),
        ]),
  ];
}

function matches(row: StockFact, lines: Allocation): Violation[] {
  return ALLOCATED.filter((column) => row[column] !== lines[column]).map((column) =>
    violation(
      row.place,
      `${column} is ${row[column]}, the orders' reservations add up to ${lines[column]}: what can be sold is wrong`,
    ),
  );
}

function violation(place: string, message: string): Violation {
  return { invariant: 'S', message: `${place}: ${message}` };
}
