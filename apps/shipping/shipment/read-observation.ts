import { unreachable } from '#libs/kernel/errors.js';
import type { Milestone, Observation, ShipmentState } from './shipment.js';

/** What an observation means to a shipment. `contradicting`: a parcel moves that we hold for cancelled or never bought. */
export type Reading =
  | { readonly kind: 'advance'; readonly milestones: readonly [Milestone, ...Milestone[]] }
  | { readonly kind: 'stale' }
  | { readonly kind: 'contradicting' };

/** What has happened once the carrier says so, in order: who was delivered was handed over before. */
const HISTORY: Readonly<Record<Observation, readonly Milestone[]>> = {
  labelled: ['SCHEDULED'],
  handed_over: ['SCHEDULED', 'DISPATCHED'],
  delivered: ['SCHEDULED', 'DISPATCHED', 'DELIVERED'],
  lost: ['SCHEDULED', 'DISPATCHED', 'LOST'],
};

/**
 * Reads what the carrier says against what we know. Shipments only move forward, so events may come late, twice,
 * in any order or not at all; milestones that were skipped are made up for.
 */
export function readObservation(
  shipment: { readonly state: ShipmentState; readonly version: number },
  seen: Observation,
): Reading {
  switch (shipment.state) {
    case 'CANCELLED':
    case 'REFUSED':
      return seen === 'labelled' && shipment.state === 'CANCELLED' ? { kind: 'stale' } : { kind: 'contradicting' };
    case 'CANCELLING':
      // Only the hand-over decides against a cancel; that a label exists is what is being undone.
      return seen === 'labelled' ? { kind: 'stale' } : advance(seen, announced(shipment.version));
    case 'STARTED':
      return advance(seen, []);
    case 'SCHEDULED':
      return advance(seen, ['SCHEDULED']);
    case 'DISPATCHED':
      return advance(seen, ['SCHEDULED', 'DISPATCHED']);
    case 'LOST':
      // Lost parcels do turn up.
      return advance(seen, ['SCHEDULED', 'DISPATCHED', 'LOST']);
    case 'DELIVERED':
      return { kind: 'stale' };
    default:
      return unreachable(shipment.state);
  }
}

/** A cancel can begin before or after the scheduling was told. */
function announced(version: number): readonly Milestone[] {
  return version === 0 ? [] : ['SCHEDULED'];
}

function advance(seen: Observation, passed: readonly Milestone[]): Reading {
  const [first, ...rest] = HISTORY[seen].filter((milestone) => !passed.includes(milestone));
  return first === undefined ? { kind: 'stale' } : { kind: 'advance', milestones: [first, ...rest] };
}
