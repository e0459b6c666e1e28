import type { Generated, JSONColumnType, Selectable } from 'kysely';
import type { AddressData, LineData } from '#libs/contracts/events.js';
import type { OrderId, ShipmentId } from '#libs/kernel/ids.js';
import type { Observation, ShipmentState } from './shipment/shipment.js';

export interface ShipmentsTable {
  readonly id: ShipmentId;
  readonly order_id: OrderId;
  readonly state: ShipmentState;
  /** Events told so far: the sequence of the last one. */
  readonly version: Generated<number>;
  /** Null where the cancel came before any scheduling: a tombstone. */
  readonly address: JSONColumnType<AddressData | null, string | null, never>;
  readonly items: JSONColumnType<readonly LineData[], string, never>;
  readonly shipping_method: string;
  /** The carrier's id of the shipment. Only a shipment whose id is committed here is ever bought. */
  readonly carrier_reference: Generated<string | null>;
  readonly carrier_rate: Generated<string | null>;
  readonly tracking: Generated<string>;
  readonly deliver_by: Generated<Date | null>;
  readonly created_at: Generated<Date>;
  readonly updated_at: Generated<Date>;
}
export type ShipmentRow = Selectable<ShipmentsTable>;

/** What became of a carrier's event. `waiting`: its shipment is not known yet. */
export type EventOutcome = 'waiting' | 'applied' | 'stale' | 'contradicting' | 'ignored';

export interface CarrierEventsTable {
  /** The carrier's id of the event. */
  readonly id: string;
  readonly carrier_reference: string | null;
  readonly observation: Observation | null;
  readonly tracking: string;
  readonly happened_at: Date;
  /** As it was received and signed. */
  readonly body: string;
  readonly outcome: EventOutcome;
  readonly received_at: Generated<Date>;
}

export interface ShippingSchema {
  readonly shipments: ShipmentsTable;
  readonly carrier_events: CarrierEventsTable;
}
