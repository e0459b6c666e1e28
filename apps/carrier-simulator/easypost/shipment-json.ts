import { isServed } from '../create-shipment/rates.js';
import type { AddressJson, RateJson, ShipmentRow } from '../schema.js';
import { trackerJson, TRACKER_STATUS } from './tracker-json.js';

/** A shipment as the real API shows it. */
export function shipmentJson(row: ShipmentRow): object {
  const dates = { created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString() };
  const rates = row.rates.map((rate) => rateJson(rate, row));
  return {
    id: row.id,
    object: 'Shipment',
    mode: 'test',
    reference: row.reference,
    status: TRACKER_STATUS[row.stage],
    to_address: { object: 'Address', ...row.to_address },
    from_address: { object: 'Address', ...row.from_address },
    parcel: { object: 'Parcel', ...row.parcel },
    rates,
    messages: rateMessages(row.to_address),
    selected_rate: rates.find(({ id }) => id === row.selected_rate_id) ?? null,
    tracking_code: row.tracking_code,
    tracker: trackerJson(row),
    postage_label:
      row.tracking_code === null
        ? null
        : { object: 'PostageLabel', label_url: `https://labels.example/${row.tracking_code}.pdf` },
    refund_status: row.stage === 'voided' ? 'submitted' : null,
    insurance: null,
    customs_info: null,
    scan_form: null,
    is_return: false,
    options: {},
    forms: [],
    fees: [],
    ...dates,
  };
}

function rateJson(rate: RateJson, row: ShipmentRow): RateJson & { readonly shipment_id: string } {
  const at = row.created_at.toISOString();
  const constant = {
    object: 'Rate',
    mode: 'test',
    est_delivery_days: rate.delivery_days,
    delivery_date_guaranteed: false,
  };
  return {
    ...rate,
    ...constant,
    shipment_id: row.id,
    carrier_account_id: 'ca_simulator',
    created_at: at,
    updated_at: at,
  } as RateJson & {
    readonly shipment_id: string;
  };
}

function rateMessages(to: AddressJson): object[] {
  if (isServed(to.country)) return [];
  return [
    {
      type: 'rate_error',
      carrier: 'Overland',
      carrier_account_id: 'ca_simulator',
      message: `${to.country} is not served.`,
    },
  ];
}
