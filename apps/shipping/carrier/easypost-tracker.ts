import { unreachable } from '#libs/kernel/errors.js';
import type { Observation } from '../shipment/shipment.js';

export const TRACKER_STATUSES = [
  'unknown',
  'pre_transit',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'available_for_pickup',
  'return_to_sender',
  'failure',
  'cancelled',
  'error',
] as const;
export type TrackerStatus = (typeof TRACKER_STATUSES)[number];

/** What a tracker's status tells; null where it tells nothing about where the parcel is. */
export function observationOf(status: TrackerStatus): Observation | null {
  switch (status) {
    case 'pre_transit':
      return 'labelled';
    case 'in_transit':
    case 'out_for_delivery':
    case 'available_for_pickup':
    case 'return_to_sender':
      return 'handed_over';
    case 'delivered':
      return 'delivered';
    case 'failure':
      return 'lost';
    case 'unknown':
    case 'cancelled':
    case 'error':
      return null;
    default:
      return unreachable(status);
  }
}
