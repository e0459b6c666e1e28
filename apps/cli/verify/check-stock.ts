import {
  isInFlight,
  type Allocation,
  type Facts,
  type OrderFact,
  type Question,
  type StockFact,
  type Violation,
} from './facts.js';

const COLUMNS = ['available', 'held', 'reserved', 'shipped', 'writtenOff'] as const;
const NOTHING: Allocation = { held: 0, reserved: 0, shipped: 0 };

/** S: every unit received is in exactly one place; nothing is negative; the totals are those of the orders' reservations. */
export function checkStock(facts: Facts, question: Question): Violation[] {
  const rows = facts.stock.flatMap((row) => [...addsUp(row), ...matches(row, facts)]);
  const orders = [...facts.orders.values()]
    .filter((order) => !order.needsAttention && !isInFlight(order, question))
    .flatMap((order) => rightPlace(order, facts));
  return [...rows, ...orders];
}

function addsUp(row: StockFact): Violation[] {
  const negative = COLUMNS.filter((column) => row[column] < 0);
  const sum = COLUMNS.reduce((total, column) => total + row[column], 0);
  return [
    ...negative.map((column) => violation(row, `${column} is ${row[column]}: more was given away than there was`)),
    ...(sum === row.received
      ? []
      : [
          violation(
            row,
            `adds up to ${sum}, ${row.received} were received: ${Math.abs(sum - row.received)} units are ${sum < row.received ? 'lost' : 'invented'}`,
          ),
        ]),
  ];
}

function matches(row: StockFact, { allocated }: Facts): Violation[] {
  const lines = allocated.get(`${row.sku}@${row.warehouse}`) ?? NOTHING;
  return (['held', 'reserved', 'shipped'] as const)
    .filter((column) => row[column] !== lines[column])
    .map((column) =>
      violation(row, `${column} is ${row[column]}, the orders' reservations add up to ${lines[column]}`),
    );
}

/** A confirmed order's lines are reserved; a shipped one's are shipped, and not reserved any more. */
function rightPlace({ id, status }: OrderFact, { reservations }: Facts): Violation[] {
  const state = reservations.get(id)?.state ?? 'missing';
  const expected =
    status === 'CONFIRMED' ? 'reserved' : status === 'SHIPPED' || status === 'DELIVERED' ? 'shipped' : state;
  return state === expected
    ? []
    : [{ invariant: 'S', orderId: id, message: `is ${status}, its stock is ${state} instead of ${expected}` }];
}

function violation({ sku, warehouse }: StockFact, message: string): Violation {
  return { invariant: 'S', message: `${sku}@${warehouse}: ${message}` };
}
