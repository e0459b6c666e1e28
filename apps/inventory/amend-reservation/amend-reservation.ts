import { Injectable } from '@nestjs/common';
import type { LineData } from '#libs/contracts/events.js';
import { unreachable } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { Reservations } from '../reservation/reservations.js';
import {
  ANSWER,
  refuse,
  REFUSE_RELEASED,
  RESERVED,
  type Decision,
  type Reservation,
  type Seen,
} from '../reservation/reservation.js';

export interface Amendment {
  readonly orderId: OrderId;
  readonly commandId: string;
  /** All of the reservation. */
  readonly lines: readonly LineData[];
}

/**
 * Makes a reservation hold other quantities: all of them, or none. Each command has one answer, a refusal too: an attempt that
 * comes late changes nothing after the order went on without it. What it holds then is what Release gives back.
 */
@Injectable()
export class AmendReservation {
  constructor(private readonly reservations: Reservations) {}

  execute(amendment: Amendment): Promise<Reservation> {
    return this.reservations.change(amendment, decideAmend, RESERVED);
  }
}

export function decideAmend(seen: Seen): Decision {
  switch (seen.state) {
    case 'missing':
    case 'held':
      return refuse('NOT_FOUND', 'Nothing is reserved for this order; reserve its stock first');
    case 'reserved':
    case 'shipped':
      if (seen.command === 'applied') return ANSWER;
      if (seen.command === 'refused') return refuse('OUT_OF_STOCK', 'There was not enough in stock for this amendment');
      if (seen.state === 'shipped') return refuse('TOO_LATE', 'The stock of this order was shipped');
      return seen.sameSkus
        ? { kind: 'amend' }
        : refuse('INVALID_REQUEST', 'Name every SKU of the reservation, no other');
    case 'released':
      return REFUSE_RELEASED;
    default:
      return unreachable(seen);
  }
}
