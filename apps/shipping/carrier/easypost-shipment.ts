import { z } from 'zod';
import { WaybillError } from '#libs/kernel/errors.js';
import type { ParcelReport } from './carrier.js';
import { observationOf, TRACKER_STATUSES } from './easypost-tracker.js';

/** A shipment at the carrier, as far as it matters: not bought; bought and taken back; bought, with where the parcel is. */
export type CarrierShipment =
  { readonly kind: 'quoted' } | { readonly kind: 'voided' } | { readonly kind: 'sold'; readonly report: ParcelReport };

const shipment = z.object({
  tracking_code: z.string().nullish(),
  refund_status: z.string().nullish(),
  updated_at: z.string().nullish(),
  tracker: z.object({ status: z.enum(TRACKER_STATUSES).catch('unknown'), updated_at: z.string().nullish() }).nullish(),
});

/** Refund states in which the label is worth nothing any more. A `rejected` refund may be asked for again. */
const TAKEN_BACK: ReadonlySet<string> = new Set(['submitted', 'refunded', 'not_applicable']);

/** @throws WaybillError UNAVAILABLE when it is no shipment. */
export function readShipment(json: unknown): CarrierShipment {
  const { success, data } = shipment.safeParse(json);
  if (!success) throw new WaybillError('UNAVAILABLE', 'The carrier answered with something that is no shipment');
  if (!data.tracking_code) return { kind: 'quoted' };
  const seen = observationOf(data.tracker?.status ?? 'unknown') ?? 'labelled';
  // A parcel that moves is under way, whatever was asked to be refunded.
  if (seen === 'labelled' && TAKEN_BACK.has(data.refund_status ?? '')) return { kind: 'voided' };
  const at = new Date(data.tracker?.updated_at ?? data.updated_at ?? Date.now());
  return { kind: 'sold', report: { seen, tracking: data.tracking_code, at } };
}
