/**
 * A shipment's life with us. STARTED: perhaps bought at the carrier, perhaps not. CANCELLING: a cancel has begun and
 * the carrier decides it. DISPATCHED, the hand-over, is the point of no return.
 */
export type ShipmentState =
  'STARTED' | 'SCHEDULED' | 'CANCELLING' | 'CANCELLED' | 'REFUSED' | 'DISPATCHED' | 'DELIVERED' | 'LOST';

/** What the carrier can say of a parcel. `labelled`: bought, but not handed over yet. */
export type Observation = 'labelled' | 'handed_over' | 'delivered' | 'lost';

/** States that are told to others when they are reached. */
export type Milestone = Extract<ShipmentState, 'SCHEDULED' | 'DISPATCHED' | 'DELIVERED' | 'LOST'>;
