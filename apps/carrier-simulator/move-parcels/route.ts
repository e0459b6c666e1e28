import { unreachable } from '#libs/kernel/errors.js';
import type { AddressJson, Stage } from '../schema.js';

/** Parcels to this city never arrive, so that anyone can see what a loss does. */
const LOSING_CITY = 'atlantis';

/** Where a parcel goes next by itself, and whether it moves on from there; null where it rests. */
export function nextStage(
  stage: Stage,
  to: Pick<AddressJson, 'city'>,
): { readonly stage: Stage; readonly movesOn: boolean } | null {
  switch (stage) {
    case 'labelled':
      return { stage: 'in_transit', movesOn: true };
    case 'in_transit':
      return { stage: to.city?.toLowerCase() === LOSING_CITY ? 'lost' : 'delivered', movesOn: false };
    case 'quoted':
    case 'voided':
    case 'delivered':
    case 'lost':
      return null;
    default:
      return unreachable(stage);
  }
}
