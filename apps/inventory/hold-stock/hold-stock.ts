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

/** Holds stock for an order for a while: all lines or none. Asked again, it gives the same hold. */
@Injectable()
export class HoldStock {
  constructor(private readonly reservations: Reservations) {}

  execute(request: ReservationRequest): Promise<Reservation> {
    return this.reservations.change(request, decideHold, { state: 'missing' });
  }
}

export function decideHold(seen: Seen): Decision {
  switch (seen.state) {
    case 'missing':
      return { kind: 'acquire', as: 'held' };
    case 'held':
      if (!seen.sameLines) return REFUSE_OTHER_LINES;
      return seen.due ? { kind: 'renew' } : ANSWER;
    case 'reserved':
    case 'shipped':
      return seen.sameLines || seen.amended ? ANSWER : REFUSE_OTHER_LINES;
    case 'released':
      return REFUSE_RELEASED;
    default:
      return unreachable(seen);
  }
}
