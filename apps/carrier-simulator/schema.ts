import type { Generated, Insertable, JSONColumnType, Selectable } from 'kysely';

/**
 * A shipment's life at the carrier. `quoted`: rates were given, nothing is sold. `labelled`: sold, waiting for the parcel.
 * `voided`: sold and taken back before the hand-over. `in_transit` is the hand-over: from there nothing goes back.
 */
export type Stage = 'quoted' | 'labelled' | 'voided' | 'in_transit' | 'delivered' | 'lost';

export interface AddressJson {
  readonly name: string | null;
  readonly street1: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly zip: string | null;
  readonly country: string;
}

export interface ParcelJson {
  /** Ounces. */
  readonly weight: number;
}

export interface RateJson {
  readonly id: string;
  readonly carrier: string;
  readonly service: string;
  /** Decimal, as the real API has it. */
  readonly rate: string;
  readonly currency: string;
  readonly delivery_days: number;
}

type Json<Value extends object> = JSONColumnType<Value, string, string>;

export interface ShipmentsTable {
  readonly id: string;
  /** The customer's own name for it. Not unique, as at the real carrier. */
  readonly reference: string | null;
  readonly to_address: Json<AddressJson>;
  readonly from_address: Json<AddressJson>;
  readonly parcel: Json<ParcelJson>;
  readonly rates: Json<readonly RateJson[]>;
  readonly stage: Generated<Stage>;
  readonly selected_rate_id: Generated<string | null>;
  readonly tracker_id: Generated<string | null>;
  readonly tracking_code: Generated<string | null>;
  /** When the parcel moves on by itself; null while it does not. */
  readonly next_move_at: Generated<Date | null>;
  readonly created_at: Generated<Date>;
  readonly updated_at: Generated<Date>;
  readonly bought_at: Generated<Date | null>;
  readonly handed_over_at: Generated<Date | null>;
  readonly arrived_at: Generated<Date | null>;
}
export type ShipmentRow = Selectable<ShipmentsTable>;
export type NewShipment = Insertable<ShipmentsTable>;

export interface WebhooksTable {
  /** The event's id, the same at each attempt. */
  readonly id: string;
  readonly shipment_id: string;
  readonly body: string;
  readonly attempts: Generated<number>;
  readonly next_attempt_at: Generated<Date>;
  readonly delivered_at: Generated<Date | null>;
  readonly last_problem: Generated<string | null>;
  readonly created_at: Generated<Date>;
}

export interface CarrierSimulatorSchema {
  readonly shipments: ShipmentsTable;
  readonly webhooks: WebhooksTable;
}
