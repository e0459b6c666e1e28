import { Injectable } from '@nestjs/common';
import { unreachable } from '#libs/kernel/errors.js';
import { Reservations } from '../reservation/reservations.js';
import {
  ANSWER,
  REFUSE_OTHER_LINES,
  REFUSE_RELEASED,
  type Decision,
  type Reservation,
  type ReservationRequest,
  type Seen,
} from '../reservation/reservation.js';

/** Makes an order's hold firm. Without a hold, or after it expired, takes the stock anew if it is still there. */
@Injectable()
export class ReserveStock {
  constructor(private readonly reservations: Reservations) {}

  execute(request: ReservationRequest): Promise<Reservation> {
    return this.reservations.change(request, decideReserve, { state: 'held', due: false, sameLines: true });
  }
}

export function decideReserve(seen: Seen): Decision {
  switch (seen.state) {
    case 'missing':
      return { kind: 'acquire', as: 'reserved' };
    case 'held':
      // A due hold that was not yet swept still has its stock: whichever compare-and-set comes first wins.
      return seen.sameLines ? { kind: 'move', from: 'held', to: 'reserved' } : REFUSE_OTHER_LINES;
    case 'reserved':
    case 'shipped':
      return seen.sameLines || seen.amended ? ANSWER : REFUSE_OTHER_LINES;
    case 'released':
      return REFUSE_RELEASED;
    default:
      return unreachable(seen);
  }
}
