import { describe, expect, it } from '@jest/globals';
import type { Facts, OrderFact, Question, StockFact } from './facts.js';
import { verify } from './verify.js';

const ID = 'order-1';
const AT_REST: Question = { accepted: new Set(), atRest: true };
const ROW: StockFact = {
  sku: 'MUG',
  warehouse: 'LEIPZIG',
  received: 10,
  available: 8,
  held: 0,
  reserved: 2,
  shipped: 0,
  writtenOff: 0,
};

/** One confirmed order of two mugs, everything as it should be, but for what a test changes. */
function facts(change: Partial<Facts> = {}): Facts {
  return {
    orders: new Map([[ID, order()]]),
    charges: new Map([[ID, { captured: 2_000, refunded: 0, state: 'CAPTURED' }]]),
    ledger: new Map([[ID, { charges: 1, captured: 2_000, refunded: 0 }]]),
    reservations: new Map([[ID, { state: 'reserved' }]]),
    stock: [ROW],
    allocated: new Map([['MUG@LEIPZIG', { held: 0, reserved: 2, shipped: 0 }]]),
    shipments: new Map([[ID, { state: 'SCHEDULED' }]]),
    parcels: new Map([[ID, 1]]),
    outboxes: new Map([['orders', 0]]),
    queues: new Map([['order-processing', 0]]),
    shown: new Map([['MUG', 8]]),
    ...change,
  };
}

function order(change: Partial<OrderFact> = {}): OrderFact {
  return {
    id: ID,
    status: 'CONFIRMED',
    total: 2_000,
    version: 4,
    events: 4,
    ageMs: 120_000,
    needsAttention: false,
    overdue: false,
    ...change,
  };
}

function found(change: Partial<Facts>, question: Question = AT_REST): string[] {
  return verify(facts(change), question).map(({ invariant, orderId }) => `${invariant} ${orderId ?? '-'}`);
}

describe('verify', () => {
  it('finds nothing where everything holds', () => {
    expect(found({})).toEqual([]);
  });

  it.each<[string, Partial<Facts>, string[]]>([
    ['an order that nobody brings to an end', { orders: new Map([[ID, order({ status: 'PAID' })]]) }, ['A order-1']],
    ['an order past its promised day', { orders: new Map([[ID, order({ overdue: true })]]) }, ['A order-1']],
    ['two parcels of one order', { parcels: new Map([[ID, 2]]) }, ['A order-1']],
    [
      'two charges of one order',
      { ledger: new Map([[ID, { charges: 2, captured: 2_000, refunded: 0 }]]) },
      ['M order-1'],
    ],
    ['a charge that the payments database does not know', { charges: new Map() }, ['M order-1']],
    ['an order that was never paid', { ledger: new Map(), charges: new Map() }, ['M order-1']],
    [
      'money without an order',
      { ledger: new Map([...facts().ledger, ['ghost', { charges: 1, captured: 5, refunded: 5 }]]) },
      ['M ghost'],
    ],
    ['units that got lost', { stock: [{ ...ROW, received: 11 }] }, ['S -']],
    ['a negative count', { stock: [{ ...ROW, available: -1, received: 1 }], shown: new Map() }, ['S -']],
    ['reservations that no order has', { allocated: new Map() }, ['S -']],
    ['a confirmed order without stock', { reservations: new Map() }, ['S order-1']],
    ['a version that the log does not have', { orders: new Map([[ID, order({ version: 5 })]]) }, ['R order-1']],
    ['a message that waits', { outboxes: new Map([['orders', 1]]) }, ['R -']],
    ['a dead letter', { queues: new Map([['order-facts-dlq', 1]]) }, ['R -']],
    ['a catalogue that shows something else', { shown: new Map([['MUG', 9]]) }, ['R -']],
  ])('finds %s', (_, change, expected) => {
    expect(found(change)).toEqual(expected);
  });

  it('finds what a rejected order still holds, each thing of it', () => {
    const rejected = { orders: new Map([[ID, order({ status: 'REJECTED' })]]) };
    expect(found(rejected)).toEqual(['M order-1', 'C order-1', 'C order-1', 'C order-1']);
  });

  it('finds an accepted order that has vanished', () => {
    expect(found({}, { accepted: new Set([ID, 'vanished']), atRest: true })).toEqual(['A vanished']);
  });

  it('lets young orders move while the system runs', () => {
    const moving = { orders: new Map([[ID, order({ status: 'PAID', ageMs: 5_000 })]]) };
    expect(found(moving, { accepted: new Set(), atRest: false })).toEqual([]);
    expect(found(moving)).toEqual(['A order-1']);
  });

  it('counts an order that needs attention apart', () => {
    const stuck = { orders: new Map([[ID, order({ status: 'REJECTING', needsAttention: true })]]) };
    expect(found(stuck)).toEqual([]);
  });
});
