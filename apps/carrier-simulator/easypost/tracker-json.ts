import type { ShipmentRow, Stage } from '../schema.js';

type TrackerStatus = 'unknown' | 'pre_transit' | 'in_transit' | 'delivered' | 'failure' | 'cancelled';

/** What the real API calls each stage of a parcel. */
export const TRACKER_STATUS: Readonly<Record<Stage, TrackerStatus>> = {
  quoted: 'unknown',
  labelled: 'pre_transit',
  voided: 'cancelled',
  in_transit: 'in_transit',
  delivered: 'delivered',
  lost: 'failure',
};

/** The tracker of a shipment as the real API shows it; null before its label is sold. */
export function trackerJson(row: ShipmentRow): object | null {
  if (row.tracker_id === null) return null;
  return {
    id: row.tracker_id,
    object: 'Tracker',
    mode: 'test',
    tracking_code: row.tracking_code,
    status: TRACKER_STATUS[row.stage],
    status_detail: row.stage === 'lost' ? 'lost' : 'status_update',
    shipment_id: row.id,
    carrier: row.rates.find(({ id }) => id === row.selected_rate_id)?.carrier ?? null,
    signed_by: row.stage === 'delivered' ? row.to_address.name : null,
    weight: row.parcel.weight,
    est_delivery_date: null,
    is_return: false,
    finalized: row.stage !== 'labelled' && row.stage !== 'in_transit',
    fees: [],
    carrier_detail: null,
    public_url: `https://track.example/${row.tracking_code}`,
    tracking_details: trackingDetails(row),
    created_at: row.bought_at?.toISOString() ?? null,
    updated_at: row.updated_at.toISOString(),
  };
}

function trackingDetails(row: ShipmentRow): object[] {
  const scans: readonly (readonly [Date | null, TrackerStatus, string])[] = [
    [row.bought_at, 'pre_transit', 'Label created'],
    [row.handed_over_at, 'in_transit', 'Parcel handed over'],
    [row.arrived_at, TRACKER_STATUS[row.stage], row.stage === 'lost' ? 'Parcel lost' : 'Delivered'],
  ];
  return scans.flatMap(([at, status, message]) =>
    at === null
      ? []
      : [
          {
            object: 'TrackingDetail',
            datetime: at.toISOString(),
            status,
            message,
            source: 'simulator',
            tracking_location: null,
          },
        ],
  );
}
