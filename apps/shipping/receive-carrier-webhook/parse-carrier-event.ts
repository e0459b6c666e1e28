import { z } from 'zod';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import type { ParcelReport } from '../carrier/carrier.js';
import { observationOf, TRACKER_STATUSES } from '../carrier/easypost-tracker.js';

/** An event of the carrier; without a report when it says nothing about where a parcel is. */
export interface CarrierEvent {
  readonly id: string;
  readonly at: Date;
  readonly report: (ParcelReport & { readonly reference: string }) | null;
}

const when = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** No text that the database could not keep. */
const text = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => !value.includes('\0'));
const anyEvent = z.object({ id: text, created_at: when, result: z.unknown().optional() });
const tracker = z.object({
  object: z.literal('Tracker'),
  shipment_id: text,
  tracking_code: text,
  status: z.enum(TRACKER_STATUSES),
  updated_at: when.nullish(),
});

/**
 * Reads the body of a webhook.
 * @throws WaybillError INVALID_REQUEST when it is no event at all. Events about other things are events without a report.
 */
export function parseCarrierEvent(body: string): CarrierEvent {
  const { id, created_at: at, result } = parse(anyEvent, parseJson(body));
  const { data } = tracker.safeParse(result);
  const seen = data && observationOf(data.status);
  if (!data || !seen) return { id, at, report: null };
  return {
    id,
    at,
    report: { reference: data.shipment_id, seen, tracking: data.tracking_code, at: data.updated_at ?? at },
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new WaybillError('INVALID_REQUEST', 'The body of the webhook is not JSON', {}, { cause });
  }
}
