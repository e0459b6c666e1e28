import { describe, expect, it } from '@jest/globals';
import { decideAmend } from '../amend-reservation/amend-reservation.js';
import { decideHold } from '../hold-stock/hold-stock.js';
import { decideRelease } from '../release-stock/release-stock.js';
import { decideReserve } from '../reserve-stock/reserve-stock.js';
import { decideShip } from '../ship-stock/ship-stock.js';
import { RESERVED, type Decide, type Decision, type Seen } from './reservation.js';

const GIVEN = {
  missing: { state: 'missing' },
  held: { state: 'held', due: false, sameLines: true },
  'held, due': { state: 'held', due: true, sameLines: true },
  'held for other lines': { state: 'held', due: true, sameLines: false },
  reserved: RESERVED,
  'reserved for other lines': { ...RESERVED, sameLines: false },
  'reserved, amended': { ...RESERVED, sameLines: false, amended: true },
  released: { state: 'released' },
  shipped: { ...RESERVED, state: 'shipped' },
  'shipped for other lines': { ...RESERVED, state: 'shipped', sameLines: false },
} as const satisfies Record<string, Seen>;

type Table = Record<keyof typeof GIVEN, string>;

/** `acquire held`, `move held reserved`, `refuse RELEASED`, … */
function inWords(decision: Decision): string {
  switch (decision.kind) {
    case 'acquire':
      return `acquire ${decision.as}`;
    case 'move':
      return `${decision.from} → ${decision.to}`;
    case 'refuse':
      return decision.code;
    default:
      return decision.kind;
  }
}

const RULES: [name: string, decide: Decide, then: Table][] = [
  [
    'hold',
    decideHold,
    {
      missing: 'acquire held',
      held: 'answer',
      'held, due': 'renew',
      'held for other lines': 'INVALID_REQUEST',
      reserved: 'answer',
      'reserved for other lines': 'INVALID_REQUEST',
      'reserved, amended': 'answer',
      released: 'RELEASED',
      shipped: 'answer',
      'shipped for other lines': 'INVALID_REQUEST',
    },
  ],
  [
    'reserve',
    decideReserve,
    {
      missing: 'acquire reserved',
      held: 'held → reserved',
      'held, due': 'held → reserved',
      'held for other lines': 'INVALID_REQUEST',
      reserved: 'answer',
      'reserved for other lines': 'INVALID_REQUEST',
      'reserved, amended': 'answer',
      released: 'RELEASED',
      shipped: 'answer',
      'shipped for other lines': 'INVALID_REQUEST',
    },
  ],
  [
    'release',
    decideRelease,
    {
      missing: 'bury',
      held: 'held → released',
      'held, due': 'held → released',
      'held for other lines': 'held → released',
      reserved: 'reserved → released',
      'reserved for other lines': 'reserved → released',
      'reserved, amended': 'reserved → released',
      released: 'answer',
      shipped: 'TOO_LATE',
      'shipped for other lines': 'TOO_LATE',
    },
  ],
  [
    'ship',
    decideShip,
    {
      missing: 'NOT_FOUND',
      held: 'NOT_FOUND',
      'held, due': 'NOT_FOUND',
      'held for other lines': 'NOT_FOUND',
      reserved: 'reserved → shipped',
      'reserved for other lines': 'reserved → shipped',
      'reserved, amended': 'reserved → shipped',
      released: 'RELEASED',
      shipped: 'answer',
      'shipped for other lines': 'answer',
    },
  ],
];

describe('amend', () => {
  it.each<[string, Seen, string]>([
    ['missing', { state: 'missing' }, 'NOT_FOUND'],
    ['held', GIVEN.held, 'NOT_FOUND'],
    ['reserved', RESERVED, 'amend'],
    ['reserved, of other SKUs', { ...RESERVED, sameSkus: false }, 'INVALID_REQUEST'],
    ['applied before', { ...RESERVED, sameLines: false, sameSkus: false, command: 'applied' }, 'answer'],
    ['refused before', { ...RESERVED, command: 'refused' }, 'OUT_OF_STOCK'],
    ['applied, then shipped', { ...RESERVED, state: 'shipped', command: 'applied' }, 'answer'],
    ['shipped', { ...RESERVED, state: 'shipped' }, 'TOO_LATE'],
    ['released', { state: 'released' }, 'RELEASED'],
  ])('given %s', (_state, seen, then) => expect(inWords(decideAmend(seen))).toBe(then));
});

describe.each(RULES)('%s', (_name, decide, then) => {
  it.each(Object.entries(GIVEN))('given %s', (state, seen) => {
    expect(inWords(decide(seen))).toBe(then[state as keyof Table]);
  });
});
