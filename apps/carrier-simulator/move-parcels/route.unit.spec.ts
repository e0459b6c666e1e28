import { describe, expect, it } from '@jest/globals';
import type { Stage } from '../schema.js';
import { nextStage } from './route.js';

describe("a parcel's next stage", () => {
  it.each<[Stage, string | null, Stage | null, boolean]>([
    ['labelled', 'Berlin', 'in_transit', true],
    ['labelled', 'Atlantis', 'in_transit', true],
    ['in_transit', 'Berlin', 'delivered', false],
    ['in_transit', null, 'delivered', false],
    ['in_transit', 'Atlantis', 'lost', false],
    ['in_transit', 'ATLANTIS', 'lost', false],
    ['quoted', 'Berlin', null, false],
    ['voided', 'Berlin', null, false],
    ['delivered', 'Berlin', null, false],
    ['lost', 'Berlin', null, false],
  ])('given it is %s, to %s, then it is %s', (stage, city, next, movesOn) => {
    expect(nextStage(stage, { city })).toEqual(next === null ? null : { stage: next, movesOn });
  });
});
