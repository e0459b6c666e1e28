import type { AddressData, LineData } from '#libs/contracts/events.js';
import type { OrderId } from '#libs/kernel/ids.js';
import type { Observation } from '../shipment/shipment.js';

export interface Parcel {
  /** Our own name for it at the carrier. */
  readonly orderId: OrderId;
  readonly address: AddressData;
  readonly items: readonly LineData[];
  readonly shippingMethod: string;
}

/** What can be bought: the carrier's id of the shipment, and the rate that was chosen. */
export interface Label {
  readonly reference: string;
  readonly rate: string;
}

/** What the carrier says of a parcel whose label is sold. */
export interface ParcelReport {
  readonly seen: Observation;
  readonly tracking: string;
  readonly at: Date;
}

export type Quote =
  | { readonly kind: 'quoted'; readonly label: Label }
  /** Final: no carrier goes there. */
  | { readonly kind: 'not_served'; readonly reason: string };

export type Purchase =
  | { readonly kind: 'bought'; readonly report: ParcelReport }
  /** It was bought and taken back before. */
  | { readonly kind: 'voided' };

export type Voiding =
  | { readonly kind: 'voided' }
  /** Too late: the parcel is the carrier's. */
  | { readonly kind: 'handed_over'; readonly report: ParcelReport };

/**
 * The port to the carrier. Each call is single, bounded by the deadline of what is being served, and never inside a
 * transaction. What is uncertain throws WaybillError UNAVAILABLE or DEADLINE_EXCEEDED, and may have happened.
 */
export abstract class Carrier {
  /** Asks what a parcel costs. Sells nothing: a quote that is lost or never bought leaves nothing behind. */
  abstract quote(parcel: Parcel): Promise<Quote>;

  /** Buys a label, at most once however often it is called. */
  abstract buy(label: Label): Promise<Purchase>;

  /**
   * Returns `voided` only once no parcel can ever go out under this label, not even by a purchase that is still on its
   * way to the carrier. Calling again is harmless.
   */
  abstract void(label: Label): Promise<Voiding>;
}
