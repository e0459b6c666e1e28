import type { ErrorCode } from '#libs/contracts/errors.js';
import type { LineData } from '#libs/contracts/events.js';
import type { OrderId } from '#libs/kernel/ids.js';

/** As stored. There is no state for an expired hold: it leaves nothing behind. */
export type ReservationState = 'held' | 'reserved' | 'released' | 'shipped';

/** What an order has of the stock. Its id is the order's. */
export interface Reservation {
  readonly orderId: OrderId;
  readonly state: ReservationState;
  /** Set while held. */
  readonly expiresAt: Date | null;
}

/** What is asked for an order; no lines where the reservation's own are meant. */
export interface ReservationRequest {
  readonly orderId: OrderId;
  readonly lines: readonly LineData[];
  /** Of an amendment. */
  readonly commandId?: string;
}

/** What is found for an order. `sameLines`: it is for the very lines that are asked for now. */
export type Seen =
  | { readonly state: 'missing' }
  | { readonly state: 'held'; readonly due: boolean; readonly sameLines: boolean }
  | Taken
  | { readonly state: 'released' };

export interface Taken {
  readonly state: 'reserved' | 'shipped';
  readonly sameLines: boolean;
  /** Its lines are no longer those that it was made for. */
  readonly amended: boolean;
  /** What became of the command to amend it. */
  readonly command: 'applied' | 'refused' | null;
  /** Of each SKU that is asked for it has some, and of no other. */
  readonly sameSkus: boolean;
}

/** As it is found most often. */
export const RESERVED: Taken = { state: 'reserved', sameLines: true, amended: false, command: null, sameSkus: true };

/** One compare-and-set. It does nothing unless the order is still found as the step presumes. */
export type Change =
  /** missing → held or reserved: takes the stock. */
  | { readonly kind: 'acquire'; readonly as: 'held' | 'reserved' }
  /** Moves the reservation, and its stock with it. */
  | { readonly kind: 'move'; readonly from: 'held' | 'reserved'; readonly to: 'reserved' | 'released' | 'shipped' }
  /** reserved → reserved, with other quantities; or the command is refused for good. */
  | { readonly kind: 'amend' }
  /** held and due → held anew. */
  | { readonly kind: 'renew' }
  /** missing → released: the tombstone that a late Reserve finds. */
  | { readonly kind: 'bury' };

/** What was found in place of what a change presumes. */
export interface Found {
  readonly seen: Seen;
  readonly reservation: Reservation | null;
}

export type Outcome =
  | { readonly done: true; readonly reservation: Reservation }
  /** Nothing was changed. */
  | ({ readonly done: false } & Found);

export type Decision =
  | Change
  /** As wanted already. */
  | { readonly kind: 'answer' }
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly message: string };

/** The rule of one operation: what it does about what it finds. */
export type Decide = (seen: Seen) => Decision;

export const ANSWER: Decision = { kind: 'answer' };
export const REFUSE_OTHER_LINES = refuse(
  'INVALID_REQUEST',
  'This order has a reservation for other lines; send the same lines, or take another order id',
);
export const REFUSE_RELEASED = refuse(
  'RELEASED',
  'The reservation of this order was released; nothing is taken for it again',
);

export function refuse(code: ErrorCode, message: string): Decision {
  return { kind: 'refuse', code, message };
}
