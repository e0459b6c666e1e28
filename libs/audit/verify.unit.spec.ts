import { describe, expect, it } from '@jest/globals';
import type { OrderFact, OrderFacts, Question, StockFact, SystemFacts, Violation } from './facts.js';
import { verifyHistory, verifyOrder, verifySystem } from './verify.js';

const ID = 'order-1';
const AT_REST: Question = { atRest: true };
const RUNNING: Question = { atRest: false };
const ROW: StockFact = {
  place: 'MUG@LEIPZIG',
  received: 10,
  available: 8,
  held: 0,
  reserved: 2,
  shipped: 0,
  writtenOff: 0,
};

const ORDER: OrderFact = {
  status: 'CONFIRMED',
  total: 2_000,
  currency: 'EUR',
  items: 'MUG×2',
  customer: 'cus-ada',
  placed: '',
  progress: '',
  paid: 2_000,
  version: 5,
  ageMs: 120_000,
  needsAttention: false,
  overdue: false,
};

/** One confirmed order of two mugs, everything as it should be. */
const WHOLE = {
  id: ID,
  accepted: {},
  answered: {},
  order: ORDER,
  log: { events: 5, latest: 5, turns: 'OrderPlaced OrderConfirmed', entries: '' },
  reservation: { state: 'reserved', items: 'MUG×2' },
  charge: { captured: 2_000, refunded: 0, state: 'CAPTURED' },
  ledger: { charges: 1, captured: 2_000, refunded: 0, currencies: ['EUR'] },
  documents: { invoiced: 2_000, credited: 0 },
  shipment: { state: 'SCHEDULED' },
  parcels: { count: 1 },
} satisfies OrderFacts;

const TEA = { held: 0, reserved: 1, shipped: 0 };
const UUID = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';
const dead = (reason: string): SystemFacts['deadLetters'] => ({
  total: 1,
  items: [{ id: 'letter', queue: 'order-facts', reason, type: 'ShipmentDelivered', orderId: UUID }],
});
const SYSTEM: SystemFacts = {
  stock: [ROW],
  allocated: new Map([['MUG@LEIPZIG', { held: 0, reserved: 2, shipped: 0 }]]),
  shown: new Map([['MUG@LEIPZIG', 8]]),
  numbering: [{ kind: 'invoice', year: 2026, count: 3, highest: 3, last: 3 }],
  outboxes: new Map([['orders', { count: 0, messages: [] }]]),
  deadLetters: { total: 0, items: [] },
  queues: new Map([['order-processing', 0]]),
};

type Without<Facts> = { readonly [Name in keyof Facts]?: Facts[Name] | undefined };
const names = (found: readonly Violation[]): string[] =>
  found.map(({ invariant, orderId }) => `${invariant} ${orderId ?? '-'}`);

function found(change: Without<OrderFacts>, question: Question = AT_REST): string[] {
  const entries = Object.entries({ ...WHOLE, ...change }).filter(([, value]) => value !== undefined);
  return names(verifyOrder(Object.fromEntries(entries) as unknown as OrderFacts, question));
}
function order(change: Partial<OrderFact>): Without<OrderFacts> {
  return { order: { ...ORDER, ...change } };
}
const undone = (status: 'REJECTED' | 'CANCELLED'): Without<OrderFacts> => ({
  ...order({ status, paid: 0 }),
  log: { events: 5, latest: 5, turns: status === 'REJECTED' ? 'OrderRejected' : 'OrderCancelled', entries: '' },
  reservation: { state: 'released', items: 'MUG×2' },
  charge: undefined,
  ledger: undefined,
  documents: undefined,
  shipment: undefined,
  parcels: undefined,
});

describe('of an order', () => {
  it.each<[string, Without<OrderFacts>]>([
    ['a confirmed one', {}],
    ['a rejected one that was never charged', undone('REJECTED')],
    [
      'a cancelled one that got its money back',
      {
        ...undone('CANCELLED'),
        charge: { state: 'REFUNDED', captured: 2_000, refunded: 2_000 },
        ledger: { charges: 1, captured: 2_000, refunded: 2_000, currencies: ['EUR'] },
        documents: { invoiced: 2_000, credited: 2_000 },
        shipment: { state: 'CANCELLED' },
      },
    ],
    ['a hold whose order was never placed', { ...nothing(), reservation: { state: 'held', items: 'MUG×2' } }],
    [
      'a charge of no order that was declined',
      { ...nothing(), charge: { state: 'DECLINED', captured: 0, refunded: 0 } },
    ],
  ])('finds nothing wrong with %s', (_, change) => {
    expect(found(change)).toEqual([]);
  });

  it.each<[string, Without<OrderFacts>, string[]]>([
    ['an accepted order that has vanished', { ...nothing(), accepted: {} }, ['A']],
    ['an answered order that has vanished', { ...nothing(), answered: {} }, ['A']],
    ['an order that nobody brings to an end', order({ status: 'PENDING' }), ['A', 'R']],
    ['an order past its promised day', order({ overdue: true }), ['A']],
    ['two parcels of one order', { parcels: { count: 2 } }, ['A']],
    ['a confirmed order whose shipment was cancelled', { shipment: { state: 'CANCELLED' } }, ['A']],
    ['a confirmed order that the carrier does not know', { parcels: undefined }, ['A']],
    ['two charges of one order', { ledger: { ...WHOLE.ledger, charges: 2 } }, ['M']],
    ['a charge that payments does not know', { charge: undefined, documents: undefined }, ['M']],
    ['an order that was never paid', { ledger: undefined, charge: undefined, documents: undefined }, ['M']],
    ['an order paid in another currency', { ledger: { ...WHOLE.ledger, currencies: ['SEK'] } }, ['M']],
    ['an order that shows another sum', order({ paid: 1_999 }), ['M']],
    ['money without an order', { ...nothing(), ledger: { ...WHOLE.ledger, refunded: 2_000 } }, ['M']],
    [
      'money without an order or an entry at the provider',
      { ...nothing(), charge: WHOLE.charge, documents: WHOLE.documents },
      ['M'],
    ],
    ['a capture without an invoice', { documents: undefined }, ['M']],
    [
      'a capture without an invoice, of an order that is being undone',
      { ...order({ status: 'CANCELLING' }), documents: undefined },
      ['A', 'M', 'R'],
    ],
    [
      'nothing but what holds an order up that may still be amended',
      { ...order({ status: 'PAID' }), documents: undefined },
      ['A', 'R'],
    ],
    ['an order that was invoiced twice', { documents: { invoiced: 4_000, credited: 0 } }, ['M']],
    ['a credit note without a refund', { documents: { invoiced: 2_000, credited: 2_000 } }, ['M']],
    ['a confirmed order without stock', { reservation: undefined }, ['S']],
    ['a confirmed order whose stock has gone', { reservation: { state: 'shipped', items: 'MUG×2' } }, ['S']],
    ['a reservation of something else', { reservation: { state: 'reserved', items: 'MUG×1' } }, ['S']],
    ['stock without an order', { ...nothing(), reservation: WHOLE.reservation }, ['S']],
    ['a parcel without an order', { ...nothing(), parcels: { count: 1 } }, ['C']],
    ['a shipment without an order', { ...nothing(), shipment: WHOLE.shipment }, ['C']],
    ['a rejected order with stock', { ...undone('REJECTED'), reservation: WHOLE.reservation }, ['C']],
    ['a cancelled order with a shipment', { ...undone('CANCELLED'), shipment: WHOLE.shipment }, ['C']],
    ['a cancelled order with a label', { ...undone('CANCELLED'), parcels: { count: 1 } }, ['C']],
    [
      'a rejected order whose charge may still be made',
      { ...undone('REJECTED'), charge: { state: 'STARTED', captured: 0, refunded: 0 } },
      ['C'],
    ],
    ['a version that the log does not have', order({ version: 6 }), ['R']],
    ['a hole in the log', { log: { ...WHOLE.log, events: 4 } }, ['R']],
    ['an order without a log', { log: undefined }, ['R']],
    ['a log without an order', { ...nothing(), log: WHOLE.log }, ['R']],
    ['a status that the log does not have', { log: { ...WHOLE.log, turns: 'OrderPlaced', entries: '' } }, ['R']],
    ['an attention that the log does not have', order({ needsAttention: true }), ['R']],
  ])('finds %s', (_, change, expected) => {
    expect(found(change)).toEqual(expected.map((invariant) => `${invariant} ${ID}`));
  });

  it('finds what a rejected order still holds, each thing of it', () => {
    const rejected = { ...WHOLE, ...order({ status: 'REJECTED', paid: 0 }), log: undone('REJECTED').log };
    expect(found(rejected)).toEqual(['M order-1', 'C order-1', 'C order-1', 'C order-1']);
  });

  it('lets documents follow while the system runs', () => {
    expect(found({ documents: undefined }, RUNNING)).toEqual([]);
  });

  it('lets young orders move while the system runs', () => {
    const young = {
      ...order({ status: 'PAID', ageMs: 5_000 }),
      log: { ...WHOLE.log, turns: 'OrderPlaced', entries: '' },
    };
    expect(found(young, RUNNING)).toEqual([]);
    expect(found(young)).toEqual(['A order-1']);
  });

  it('counts an order that needs attention apart', () => {
    const stuck = {
      ...order({ status: 'REJECTING', needsAttention: true }),
      log: { ...WHOLE.log, turns: 'OrderPlaced OrderRejecting AttentionRaised', entries: '' },
    };
    expect(found(stuck)).toEqual([]);
  });

  it.each<[string, OrderFact['status']]>([
    ['OrderPlaced', 'PAID'],
    ['OrderPlaced OrderShipped OrderConfirmed', 'SHIPPED'],
    ['OrderPlaced OrderConfirmed OrderShipped OrderDelivered', 'DELIVERED'],
    ['OrderPlaced OrderRejecting', 'REJECTING'],
    ['OrderPlaced OrderCancelling OrderCancelled', 'CANCELLED'],
  ])('takes a log of %s for %s', (turns, status) => {
    const shown = found({ ...order({ status }), log: { ...WHOLE.log, turns } });
    expect(shown).not.toContain('R order-1');
  });
});

describe('of the system', () => {
  const wrong = (change: Partial<SystemFacts>, question: Question = AT_REST): string[] =>
    names([...verifySystem({ ...SYSTEM, ...change }, question), ...verifyHistory({ ...SYSTEM, ...change })]);

  it('finds nothing where everything holds', () => {
    expect(wrong({})).toEqual([]);
  });

  it.each<[string, Partial<SystemFacts>, string[]]>([
    ['units that got lost', { stock: [{ ...ROW, received: 11 }] }, ['S -']],
    [
      'a negative count',
      { stock: [{ ...ROW, available: -1, received: 1 }], shown: new Map([['MUG@LEIPZIG', -1]]) },
      ['S -'],
    ],
    ['reservations that no order has', { allocated: new Map() }, ['S -']],
    ['reservations of no stock', { allocated: new Map([...(SYSTEM.allocated ?? []), ['TEA@MARS', TEA]]) }, ['S -']],
    [
      'a number that was left out',
      { numbering: [{ kind: 'invoice', year: 2026, count: 3, highest: 4, last: 4 }] },
      ['M -'],
    ],
    [
      'a number that was taken back without its document',
      { numbering: [{ kind: 'invoice', year: 2026, count: 3, highest: 3, last: 4 }] },
      ['M -'],
    ],
    ['a message that waits', { outboxes: new Map([['orders', backlog('not an id')]]) }, ['R -']],
    ['a queue that is not empty', { queues: new Map([['order-facts', 1]]) }, ['R -']],
    ['a dead letter that nobody sees', { queues: new Map([['order-facts-dlq', 1]]) }, ['R -']],
    ['a dead letter that expired', { deadLetters: dead('expired') }, [`R ${UUID}`]],
    ['a dead letter that was crowded out', { deadLetters: dead('maxlen') }, [`R ${UUID}`]],
    ['a dead letter that nobody could handle', { deadLetters: dead('attempts-exhausted') }, [`R ${UUID}`]],
    ['more dead letters than are named', { deadLetters: { ...dead('refused'), total: 70 } }, ['R -']],
    ['a catalogue that shows something else', { shown: new Map([['MUG@LEIPZIG', 9]]) }, ['R -']],
    ['a catalogue that shows nothing', { shown: new Map() }, ['R -']],
  ])('finds %s', (_, change, expected) => {
    expect(wrong(change)).toEqual(expected);
  });

  it('names the orders whose messages wait, and counts the rest', () => {
    const id = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';
    expect(wrong({ outboxes: new Map([['orders', { ...backlog(id), count: 70 }]]) })).toEqual([`R ${id}`, 'R -']);
  });

  it.each(['malformed', 'unknown-type', 'unknown-version', 'refused'])('lets poison be that is shown: %s', (reason) => {
    expect(wrong({ deadLetters: dead(reason) })).toEqual([]);
  });

  it('lets messages travel while the system runs, but for dead ones', () => {
    const busy = {
      outboxes: new Map([['orders', backlog('x')]]),
      queues: new Map([
        ['order-facts', 1],
        ['order-facts-dlq', 1],
      ]),
      shown: new Map([['MUG@LEIPZIG', 9]]),
    };
    expect(wrong(busy, RUNNING)).toEqual(['R -']);
  });
});

/** Nobody knows the id. */
function nothing(): Without<OrderFacts> {
  return Object.fromEntries(Object.keys(WHOLE).map((name) => [name, name === 'id' ? ID : undefined]));
}

function backlog(about: string) {
  return { count: 1, messages: [{ type: 'OrderPlaced', about }] };
}
