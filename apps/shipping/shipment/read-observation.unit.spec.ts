import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readObservation } from './read-observation.js';
import type { Milestone, Observation, ShipmentState } from './shipment.js';

const SEEN = ['labelled', 'handed_over', 'delivered', 'lost'] as const satisfies readonly Observation[];
const STATES = [
  'STARTED',
  'SCHEDULED',
  'CANCELLING',
  'CANCELLED',
  'REFUSED',
  'DISPATCHED',
  'DELIVERED',
  'LOST',
] as const satisfies readonly ShipmentState[];

describe('what the carrier says, read against what we know', () => {
  it.each<
    [string, ShipmentState, number, Readonly<Record<Observation, readonly Milestone[] | 'stale' | 'contradicting'>>]
  >([
    [
      'a shipment that is started',
      'STARTED',
      0,
      {
        labelled: ['SCHEDULED'],
        handed_over: ['SCHEDULED', 'DISPATCHED'],
        delivered: ['SCHEDULED', 'DISPATCHED', 'DELIVERED'],
        lost: ['SCHEDULED', 'DISPATCHED', 'LOST'],
      },
    ],
    [
      'a scheduled one',
      'SCHEDULED',
      1,
      {
        labelled: 'stale',
        handed_over: ['DISPATCHED'],
        delivered: ['DISPATCHED', 'DELIVERED'],
        lost: ['DISPATCHED', 'LOST'],
      },
    ],
    [
      'one whose cancel began before it was told of',
      'CANCELLING',
      0,
      {
        labelled: 'stale',
        handed_over: ['SCHEDULED', 'DISPATCHED'],
        delivered: ['SCHEDULED', 'DISPATCHED', 'DELIVERED'],
        lost: ['SCHEDULED', 'DISPATCHED', 'LOST'],
      },
    ],
    [
      'one whose cancel began after it was told of',
      'CANCELLING',
      1,
      {
        labelled: 'stale',
        handed_over: ['DISPATCHED'],
        delivered: ['DISPATCHED', 'DELIVERED'],
        lost: ['DISPATCHED', 'LOST'],
      },
    ],
    [
      'a dispatched one',
      'DISPATCHED',
      2,
      { labelled: 'stale', handed_over: 'stale', delivered: ['DELIVERED'], lost: ['LOST'] },
    ],
    ['a lost one', 'LOST', 3, { labelled: 'stale', handed_over: 'stale', delivered: ['DELIVERED'], lost: 'stale' }],
    ['a delivered one', 'DELIVERED', 3, { labelled: 'stale', handed_over: 'stale', delivered: 'stale', lost: 'stale' }],
    [
      'a cancelled one',
      'CANCELLED',
      2,
      { labelled: 'stale', handed_over: 'contradicting', delivered: 'contradicting', lost: 'contradicting' },
    ],
    [
      'a refused one',
      'REFUSED',
      0,
      { labelled: 'contradicting', handed_over: 'contradicting', delivered: 'contradicting', lost: 'contradicting' },
    ],
  ])('given %s', (_, state, version, expected) => {
    for (const seen of SEEN) {
      const reading = readObservation({ state, version }, seen);
      expect([seen, reading.kind === 'advance' ? reading.milestones : reading.kind]).toEqual([seen, expected[seen]]);
    }
  });

  it('given any reports in any order and number, then each milestone is reached once, in order, and only forward', () => {
    const start = fc.constantFrom(...STATES.filter((state) => state === 'STARTED' || state === 'CANCELLING'));
    fc.assert(
      fc.property(start, fc.array(fc.constantFrom(...SEEN), { maxLength: 20 }), (initial, reports) => {
        let shipment: { state: ShipmentState; version: number } = { state: initial, version: 0 };
        const told: Milestone[] = [];
        for (const seen of reports) {
          const reading = readObservation(shipment, seen);
          if (reading.kind !== 'advance') continue;
          told.push(...reading.milestones);
          shipment = {
            state: reading.milestones[reading.milestones.length - 1] ?? shipment.state,
            version: told.length,
          };
        }
        expect(new Set(told).size).toBe(told.length);
        const ranks = told.map((milestone) => ['SCHEDULED', 'DISPATCHED', 'LOST', 'DELIVERED'].indexOf(milestone));
        expect(ranks).toEqual([...ranks].sort());
        if (reports.includes('delivered')) expect(shipment.state).toBe('DELIVERED');
      }),
    );
  });
});
