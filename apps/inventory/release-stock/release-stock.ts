import { Injectable } from '@nestjs/common';
import { unreachable } from '#libs/kernel/errors.js';
import { Reservations } from '../reservation/reservations.js';
import { ANSWER, refuse, RESERVED, type Decision, type Reservation, type Seen } from '../reservation/reservation.js';
import type { OrderId } from '#libs/kernel/ids.js';

/**
 * The undo: gives the order's stock back. For an order that has none it leaves a tombstone, so that a Hold or a Reserve
 * which arrives late takes nothing.
 */
@Injectable()
export class ReleaseStock {
  constructor(private readonly reservations: Reservations) {}

  execute(orderId: OrderId): Promise<Reservation> {
    return this.reservations.change({ orderId, lines: [] }, decideRelease, RESERVED);
  }
}

export function decideRelease(seen: Seen): Decision {
  switch (seen.state) {
    case 'missing':
      return { kind: 'bury' };
    case 'held':
    case 'reserved':
      return { kind: 'move', from: seen.state, to: 'released' };
    case 'released':
      return ANSWER;
    case 'shipped':
      return refuse('TOO_LATE', 'The stock of this order was shipped; what comes back is a return');
    default:
      return unreachable(seen);
  }
}
